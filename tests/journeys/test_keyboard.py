"""A newcomer with the keyboard alone, on a desktop and at a phone's width: no control is out of reach."""

import re
import secrets
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.site import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one"),
]

MOST_KEYS = 60


def go_to(page: Page, target: Locator) -> None:
    """Press Tab until the control has the focus, and is in view."""
    target = target.first
    for _ in range(MOST_KEYS):
        if target.evaluate("(control) => control === document.activeElement"):
            expect(target).to_be_in_viewport()
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is out of reach")


def type_into(page: Page, label: str, text: str) -> None:
    go_to(page, page.get_by_label(label, exact=True))
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def press(page: Page, role: Literal["button", "link"], name: str) -> None:
    go_to(page, page.locator("main, dialog[open]").get_by_role(role, name=re.compile(name)))
    page.keyboard.press("Enter")


def choose(page: Page, words: str) -> None:
    """Choose the first result of the command palette."""
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or choose an action")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [390, 1280])
def test_newcomer_needs_no_mouse(page: Page, width: int) -> None:
    mark = secrets.token_hex(3)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/auth/sign-in")
    press(page, "link", "Create an account")
    page.wait_for_url("**/auth/sign-up*")
    type_into(page, "Name", f"Kim {mark}")
    type_into(page, "Email", f"kim-{mark}@example.com")
    type_into(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/welcome")

    choose(page, "all workspaces")
    page.wait_for_url("**/workspaces")
    type_into(page, "Name", "Lab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"workspace[/=][0-9a-f-]{36}"))

    choose(page, f"kim-{mark}")
    page.wait_for_url("**/dashboard")
    choose(page, "variables lab")
    page.wait_for_url("**/variables")
    press(page, "link", "(Create|New) variable")
    type_into(page, "Name", "region")
    page.keyboard.press("Tab")
    page.keyboard.type('"eu"')
    press(page, "button", "(Create|Save)")
    expect(page.get_by_role("cell", name="region", exact=True)).to_be_visible()
    press(page, "link", "Delete region")
    press(page, "button", "Delete")
    expect(page.get_by_text("No variables yet")).to_be_visible()

    choose(page, "keyboard shortcuts")
    page.wait_for_url("**/my/shortcuts")
    if width < 900:
        go_to(page, page.get_by_role("link", name="Open the menu"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Close the menu")).to_be_in_viewport()
    go_to(page, page.locator("summary", has_text="Your menu"))
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="Sign out")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/auth/sign-in*")
