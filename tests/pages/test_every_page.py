"""Every page of the demo site, found by itself: axe finds nothing, and each page is light and quick.

One browser walks all pages once, in light at a desktop's width and in dark at a phone's. It opens what can be opened.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from config.demo.company import PASSWORD
from tests.browser import sign_in, watch
from tests.pages.axe_checks import DESKTOP, AxeChecks, add_axe
from tests.pages.page_finder import Found, find_pages
from tests.site import Site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one"),
]

# The list of the API's operations. Its interactive reference is Swagger UI, whose markup is not ours.
OTHER_PAGES = ["/api/docs", "/no-such-page"]
FIRST_VISIT, LATER_VISIT = 110_000, 15_000  # bytes as they are sent
HEADERS = 500  # bytes of each response, about
FIRST_BYTE = 4.0  # seconds; an idle machine needs less than a tenth, but for the first reader of the API's document
# A route without a page takes forms (405), or gives a part of a page or a file (200).
NO_PAGE_ANSWERS = ("200", "405")
_WORKSPACE = "/account/<account_id>/workspace/<workspace_id>"
# Other routes without a page, and why.
NO_PAGE = {
    "/": "leads to the last workspace",
    "/@<account>": "leads to the account by its handle",
    "/@<account>/<workspace>": "leads to the workspace by its handle",
    "/@<account>/<workspace>/<rest>": "leads to a page of the workspace by its handle",
    "/account/<account_id>": "leads to the address with a slash",
    "/account/<account_id>/image": "there is no image",
    _WORKSPACE: "leads to the first page that the reader may open",
    f"{_WORKSPACE}/": "leads to the first page that the reader may open",
    f"{_WORKSPACE}/flow-runs": "leads to the runs, as an address of Prefect Cloud",
    f"{_WORKSPACE}/flow-runs/": "leads to the runs, as an address of Prefect Cloud",
    f"{_WORKSPACE}/flow-runs/<rest>": "leads to a run, as an address of Prefect Cloud",
    f"{_WORKSPACE}/work-queues/work-queue/<work_queue_id>": "leads to the queue, as an address of Prefect Cloud",
    f"{_WORKSPACE}/settings/collaborators/invite": "takes a form of collaborators",
    "/admin": "leads to the address with a slash",
    "/admin/password_change/": "leads to the password page of the site",
    "/auth/verify/done": "leads home if no access was ended",
    "/favicon.ico": "leads to the icon among the static files",
    "/invitation/<token>/sign-up": "takes a form, and leads to the invitation",
    "/my/password/set": "leads to the page that changes a password, because there is one",
    "/my/preferences/times": "takes a form, and leads to the preferences",
    "/my/profile/image": "takes a form, and leads to the profile",
}
_TEXTS = "input:not([type=hidden], [type=radio], [type=checkbox], [type=file]), textarea"
NEEDY_FORMS = f"main form[method=post]:has(:is({_TEXTS})[required])"
SEND_EMPTY = """([forms, number]) => {
    const form = document.querySelectorAll(forms)[number];
    for (const field of form.elements) if (field.required && "value" in field) field.value = "";
    HTMLFormElement.prototype.submit.call(form);
}"""
# Opens what is folded, and counts the rest. The menus beside pages are looked at on a few pages only.
PREPARE = """([whole, forms, menus]) => {
    document.querySelectorAll("details:not(.menu)").forEach((part) => { part.open = true; });
    if (!whole) document.querySelector(".side")?.replaceChildren();
    return [forms, "dialog[id]", menus].map((parts) => document.querySelectorAll(parts).length);
}"""
CLOSE_MENU = """() => {
    const menu = document.querySelector("details.menu[open]");
    menu.open = false;
    for (const part of [menu, ...document.querySelectorAll("main, .side")]) part.style.visibility = "";
}"""
# Mistakes that leave tags and classes as they were.
PLANT = """addEventListener("DOMContentLoaded", () => {
    const plant = (place, mistake) => document.querySelectorAll(place).forEach(mistake);
    plant("main h1", (title) => title.replaceChildren());
    plant("dialog[id] button", (button) => button.replaceChildren());
    plant("main .menu-item", (item) => item.replaceChildren());
    plant("main form:has([aria-invalid]) label", (label) => label.removeAttribute("for"));
    plant(".field-error", (error) => { error.style.color = "#999"; error.style.backgroundColor = "#888"; });
})"""
VARIABLE = "/account/<account_id>/workspace/<workspace_id>/variables/variable/<variable_id>"
PLANTED = {
    f"{VARIABLE}: empty-heading",
    f"{VARIABLE} dialog 0: button-name",
    f"{VARIABLE} menu 0: link-name",
    f"{VARIABLE} form 0 sent empty: label",
    f"{VARIABLE} form 0 sent empty: color-contrast",
    f"{VARIABLE} form 0 sent empty: dark, phone: color-contrast",
}
SIZES = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const files = performance.getEntriesByType("resource").filter(({responseStatus}) => responseStatus !== 204);
    return {
        page: page.encodedBodySize, wait: page.responseStart - page.requestStart,
        files: files.map(({name, encodedBodySize}) => [name, encodedBodySize]),
        hosts: files.map(({name}) => new URL(name).host).filter((host) => host !== location.host),
    };
}"""


@dataclass
class Walk:
    """What was found on the way."""

    found: Found
    axe: AxeChecks = field(default_factory=AxeChecks)
    planted: AxeChecks = field(default_factory=AxeChecks)
    sizes: dict[str, dict[str, Any]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def walk(site: Site, browser: Browser) -> Iterator[Walk]:
    site.manage("demo")
    printed = site.manage("shell", "-c", "from tests.pages.sample_rows import add; add()")
    starts = json.loads(printed.split("ADDRESSES")[1])
    complaints: list[str] = []
    with _context(browser, site, complaints) as outside, _context(browser, site, complaints) as inside:
        sign_in(outside.new_page(), "maya@northwind.example", PASSWORD)
        outside.clear_cookies()  # the session stays, for the page that ends it
        page = inside.new_page()
        sign_in(page, "maya@northwind.example", PASSWORD)
        walked = Walk(find_pages(inside.request, starts["inside"]))
        for key, address in walked.found.pages.items():
            look_at(walked, page, key, address)
        open_palette(walked, page)
        walked.planted = look_at_planted(walked, inside.new_page())
        signed_out = find_pages(outside.request, starts["outside"])
        page = outside.new_page()
        for address in [*signed_out.pages.values(), *starts["outside"], *OTHER_PAGES]:
            look_at(walked, page, address, address)
        known = {
            key for key, answer in signed_out.others.items() if answer in NO_PAGE_ANSWERS
        } | signed_out.pages.keys()
        walked.found.others = {key: answer for key, answer in walked.found.others.items() if key not in known}
    wrong = [complaint for complaint in complaints if "responded with a status of 4" not in complaint]
    walked.axe.violations += wrong
    yield walked


def _context(browser: Browser, site: Site, complaints: list[str]) -> BrowserContext:
    # Without motion, so that no color is between those of the two themes.
    context = browser.new_context(base_url=site.url, viewport=DESKTOP, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    watch(context, site.url, complaints)
    add_axe(context)
    return context


def look_at(walk: Walk, page: Page, key: str, address: str) -> None:
    """Open a page, then each menu and dialog of it. Then send each form that needs a text without any.

    Calls no locators unless it has to: in each new page, the first one takes long.
    """
    page.goto(address)
    walk.sizes[key] = page.evaluate(SIZES)
    whole = key.endswith(("/dashboard", "/workspaces", "<account_id>/"))
    menus = "details.menu" if whole else "main details.menu"
    forms, dialog_count, menu_count = page.evaluate(PREPARE, [whole, NEEDY_FORMS, menus])
    walk.axe.check(page, key, "html")
    for number in range(dialog_count):
        page.evaluate("(number) => document.querySelectorAll('dialog[id]')[number].showModal()", number)
        walk.axe.check(page, f"{key} dialog {number}", "dialog[open]")
        page.evaluate("document.querySelector('dialog[open]').close()")
    for number in range(menu_count):
        open_menu(page, menus, number)
        walk.axe.check(page, f"{key} menu {number}", "details.menu[open]")
        page.evaluate(CLOSE_MENU)
    for number in range(forms):
        if number:
            page.goto(address)
        send_empty(page, number)
        walk.axe.check(page, f"{key} form {number} sent empty", "html")


def open_menu(page: Page, menus: str, number: int) -> None:
    """Open a menu, and hide all else: axe counts links below the menu as too close to it."""
    script = """([menus, number]) => {
        const menu = document.querySelectorAll(menus)[number];
        menu.open = true;
        for (const part of document.querySelectorAll("main, .side")) part.style.visibility = "hidden";
        menu.style.visibility = "visible";
        return menu.matches(".switcher");
    }"""
    if page.evaluate(script, [menus, number]):
        page.locator(".switcher .menu-head").first.wait_for()


def send_empty(page: Page, number: int) -> None:
    with page.expect_navigation():
        page.evaluate(SEND_EMPTY, [NEEDY_FORMS, number])
    page.evaluate(PREPARE, [False, NEEDY_FORMS, "main details.menu"])


def open_palette(walk: Walk, page: Page) -> None:
    page.goto("/workspaces")
    page.keyboard.press("Control+k")
    page.get_by_role("option", name="Profile").wait_for()
    walk.axe.check(page, "palette", "dialog[open]")
    page.get_by_role("combobox").fill("no such thing")
    page.get_by_text("Nothing found").wait_for()
    walk.axe.check(page, "empty palette", "dialog[open]")
    page.keyboard.press("Escape")
    page.get_by_role("combobox").wait_for(state="hidden")
    page.keyboard.press("?")
    page.get_by_text("Show this list").wait_for()
    walk.axe.check(page, "keys", "dialog[open]")


def look_at_planted(walk: Walk, page: Page) -> AxeChecks:
    """Look again at a page, with mistakes in it, in its menu and dialog, and in its form sent empty."""
    again = Walk(walk.found, AxeChecks(shapes=set(walk.axe.shapes), looks=set(walk.axe.looks)))
    page.add_init_script(PLANT)
    look_at(again, page, VARIABLE, walk.found.pages[VARIABLE])
    return again.axe


def test_axe_finds_nothing(walk: Walk) -> None:
    assert walk.axe.violations == []


def test_axe_finds_what_was_planted_in_a_page_seen_before(walk: Walk) -> None:
    found = {words.split(": <")[0] for words in walk.planted.violations}
    assert PLANTED - found == set()


def test_every_route_is_a_page_or_says_why(walk: Walk) -> None:
    others = walk.found.others.items()
    unexplained = {route: answer for route, answer in others if answer not in NO_PAGE_ANSWERS and route not in NO_PAGE}
    assert unexplained == {}


def test_pages_are_light_and_quick(walk: Walk) -> None:
    files: dict[str, int] = {}  # a file that a browser has already counts as nothing, so the first time counts
    for seen in walk.sizes.values():
        for name, size in seen["files"]:
            files[name] = max(size, files.get(name, 0))
    heavy = []
    for key, seen in walk.sizes.items():
        names = {name for name, _ in seen["files"]}
        later = seen["page"] + HEADERS
        first = later + sum(files[name] + HEADERS for name in names)
        if first > FIRST_VISIT or later > LATER_VISIT or seen["wait"] > FIRST_BYTE * 1000 or seen["hosts"]:
            heavy.append((key, first, later, seen["wait"], seen["hosts"]))
    assert heavy == []
