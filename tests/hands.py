"""The hands of a journey: a mouse on a desktop, or the keyboard alone at a phone's width.

With the keyboard, Playwright's methods do with keys what they would do with the mouse: they reach a control with Tab
and use it with Enter, Space, arrow keys and letters. A control that the keyboard does not reach fails the journey.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Request

from tests.browser import TOO_WIDE

PHONE = {"width": 390, "height": 844}
_MOST_KEYS = 150
_REQUESTED = 80  # milliseconds from a key that was handled to the request it leads to
_KEY_IS_HANDLED = "() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(true))))"
_MOST_WAITING = 2_000  # milliseconds: a page that is left, or in the background, may never draw a frame
_CONTROL = "a[href], button, input, select, textarea, summary, [tabindex]"
# Puts what the keyboard can use of an element in `window.wanted`: the element, what it is in, or what it labels.
_WANT = f"""(element) => {{
    window.wanted = element.closest("{_CONTROL}") || element.closest("label")?.control || element;
}}"""
_IS_FOCUSED = """() => {
    const {wanted} = window, focused = document.activeElement;
    if (wanted === focused) return true;
    if (wanted.role === "tab") return focused.role === "tab" && wanted.parentElement === focused.parentElement;
    return wanted.type === "radio" && focused.type === "radio" && wanted.name === focused.name;
}"""
_HAS_FOCUS = "() => window.wanted === document.activeElement"
_FIND_OPTION = """([value, label]) => [...window.wanted.options].findIndex(
    (option) => option.value === value || option.label.trim() === (label ?? value))"""


_MOUSE = pytest.param("mouse", marks=pytest.mark.postgresql_in_ci(reason="the keyboard takes the same way on SQLite"))
_KEYBOARD = pytest.param(
    "keyboard", marks=pytest.mark.one_database(reason="the mouse takes the same way on PostgreSQL")
)


@pytest.fixture(params=[_MOUSE, _KEYBOARD])
def hands(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the test with the mouse at 1280 pixels, then with the keyboard alone at 390."""
    if request.param == "keyboard":
        new_context = Browser.new_context

        def of_a_phone(*args: Any, **more: Any) -> BrowserContext:
            return new_context(*args, **(more | {"viewport": PHONE}))

        monkeypatch.setattr(Browser, "new_context", of_a_phone)
        for name in ("click", "dblclick", "fill", "check", "uncheck", "select_option"):
            monkeypatch.setattr(Locator, name, globals()[f"_{name}"])
    yield request.param


def _reach(locator: Locator) -> None:
    """Press Tab until the control has the focus. Opens the menu of a phone for what is in it."""
    page = locator.page
    menu = page.get_by_role("link", name="Open the menu")
    locator.or_(menu).filter(visible=True).first.wait_for()
    page.wait_for_load_state()
    if not page.url.endswith("#menu") and not locator.is_visible() and menu.is_visible():
        _press(menu, "Enter")
    locator.wait_for()
    locator.evaluate(_WANT)
    for _ in range(_MOST_KEYS):
        if page.evaluate(_IS_FOCUSED):
            assert page.evaluate(TOO_WIDE) <= 0, f"{page.url} is wider than the screen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The keyboard does not reach {locator} on {page.url}")


def _press(locator: Locator, key: str) -> None:
    """Press a key on the control. Wait for the page that this may lead to, as Playwright's `click` does."""
    _reach(locator)
    page = locator.page
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.on("request", note)
    page.keyboard.press(key)
    with contextlib.suppress(Error):  # the page is left
        page.wait_for_function(_KEY_IS_HANDLED, timeout=_MOST_WAITING)
    page.wait_for_timeout(_REQUESTED)
    page.remove_listener("request", note)
    for request in asked:
        if request.is_navigation_request() and request.redirected_from is None:
            _wait_for_page(request)
            page.wait_for_load_state()


def _wait_for_page(request: Request) -> None:
    following: Request | None = request
    while following is not None:
        following.response()
        following = following.redirected_to


def _click(locator: Locator, **_: Any) -> None:
    _reach(locator)
    kind = locator.page.evaluate("() => window.wanted.role || window.wanted.type")
    if kind == "radio":
        _choose_radio(locator)
    elif kind == "tab":
        _press_until(locator, "ArrowRight", _HAS_FOCUS)
    else:
        _press(locator, "Space" if kind == "checkbox" else "Enter")


def _dblclick(locator: Locator, **_: Any) -> None:
    """Press Enter twice. The second time the next page may be on its way."""
    _reach(locator)
    locator.page.keyboard.press("Enter")
    locator.page.keyboard.press("Enter")


def _fill(locator: Locator, value: str, **_: Any) -> None:
    _reach(locator)
    kind = locator.page.evaluate("() => window.wanted.type")
    if kind in ("date", "datetime-local", "time"):  # their parts depend on the browser's language
        locator.page.evaluate("(value) => { window.wanted.value = value; }", value)
        return
    locator.page.keyboard.press("Control+a")
    locator.page.keyboard.press("Delete")
    locator.page.keyboard.type(value)


def _check(locator: Locator, **_: Any) -> None:
    _set(locator, True)


def _uncheck(locator: Locator, **_: Any) -> None:
    _set(locator, False)


def _set(locator: Locator, wanted: bool) -> None:
    _reach(locator)
    if locator.page.evaluate("() => window.wanted.type") == "radio":
        _choose_radio(locator)
    elif locator.page.evaluate("() => window.wanted.checked") != wanted:
        locator.page.keyboard.press("Space")
    assert locator.page.evaluate("() => window.wanted.checked") == wanted


def _choose_radio(locator: Locator) -> None:
    _press_until(locator, "ArrowDown", _HAS_FOCUS)
    if not locator.page.evaluate("() => window.wanted.checked"):
        locator.page.keyboard.press("Space")


def _press_until(locator: Locator, key: str, condition: str) -> None:
    for _ in range(_MOST_KEYS):
        if locator.page.evaluate(condition):
            return
        locator.page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {locator}")


def _select_option(locator: Locator, value: str | None = None, *, label: str | None = None, **_: Any) -> None:
    _reach(locator)
    page = locator.page
    index = page.evaluate(_FIND_OPTION, [value, label])
    assert index >= 0, f"{locator} has no option {value or label}"
    at = page.evaluate("() => window.wanted.selectedIndex")
    _press_until(locator, "ArrowDown" if at < index else "ArrowUp", f"() => window.wanted.selectedIndex === {index}")
