"""Menus, the command palette and shortcuts with the keyboard alone."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import sign_in
from tests.site import Site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.one_database(reason="what scripts do in a browser: the search has tests without one"),
]


@pytest.fixture(scope="module")
def settled(site: Site, browser: Browser) -> dict[str, Any]:
    """Somebody signed in, with a workspace that has a run."""
    made = site.bootstrap(f"kira-{secrets.token_hex(3)}", "etl")
    context = browser.new_context(base_url=site.url)
    page = context.new_page()
    sign_in(page, made["email"])
    page.wait_for_url("**/dashboard")
    headers = {"Authorization": f"Bearer {made['api_key']}"}
    flow = page.request.post(f"{made['api_url']}/flows/", headers=headers, data={"name": "load"}).json()
    run = {"flow_id": flow["id"], "state": {"type": "RUNNING"}}
    assert page.request.post(f"{made['api_url']}/flow_runs/", headers=headers, data=run).ok
    state = context.storage_state()
    context.close()
    return {**made, "state": state}


@pytest.fixture
def inside(page: Page, settled: dict[str, Any]) -> Page:
    page.context.add_cookies(settled["state"]["cookies"])
    page.goto(f"/account/{settled['account_id']}/workspace/{settled['workspace_id']}/variables")
    return page


def test_menus_open_move_and_close_with_keys(inside: Page) -> None:
    menu = inside.locator("details.menu", has_text="Your menu")
    summary = menu.locator("summary")
    summary.focus()
    inside.keyboard.press("ArrowDown")
    expect(menu.get_by_role("link", name="Profile")).to_be_focused()
    inside.keyboard.press("ArrowUp")
    expect(menu.get_by_role("button", name="Sign out")).to_be_focused()
    inside.keyboard.press("Home")
    inside.keyboard.press("ArrowDown")
    expect(menu.get_by_role("link").nth(1)).to_be_focused()
    inside.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    inside.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    inside.keyboard.press("Shift+Tab")  # leaving closes, so that no menu covers what has the focus
    expect(menu).not_to_have_attribute("open", "")

    switcher = inside.locator("details.switcher")
    switcher.locator("summary").focus()
    inside.keyboard.press("ArrowDown")
    expect(switcher.locator("a:focus")).to_have_count(1)
    expect(switcher.get_by_role("link", name="New organization")).to_be_visible()
    expect(switcher.locator("a:focus")).to_have_count(1)


def test_escape_leaves_a_filter_as_it_was(inside: Page) -> None:
    inside.goto(inside.url.replace("/variables", "/runs"))
    inside.locator("#filter-states > summary").press("Enter")
    box = inside.locator("#filter-states input").first
    box.press("Space")
    expect(box).to_be_checked()
    inside.keyboard.press("Escape")
    expect(inside.locator("#filter-states > summary")).to_be_focused()
    expect(box).not_to_be_checked()
    expect(inside).to_have_url(re.compile(r"/runs$"))


def test_escape_takes_back_what_was_ticked_since_the_menu_was_opened(inside: Page) -> None:
    inside.goto(inside.url.replace("/variables", "/runs"))
    summary, boxes = inside.locator("#filter-states > summary"), inside.locator("#filter-states input")
    summary.press("Enter")
    boxes.nth(0).press("Space")
    expect(inside).to_have_url(re.compile(r"\?state=completed$"))
    summary.press("Enter")
    expect(inside.locator("#filter-states")).not_to_have_attribute("open", "")
    summary.press("Enter")
    boxes.nth(1).press("Space")
    expect(inside).to_have_url(re.compile(r"\?state=completed&state=running$"))
    inside.keyboard.press("Escape")
    expect(inside).to_have_url(re.compile(r"\?state=completed$"))
    expect(boxes.nth(0)).to_be_checked()
    expect(boxes.nth(1)).not_to_be_checked()
    expect(summary.locator(".count")).to_have_text("1")


def test_arrow_keys_change_a_date_instead_of_leaving_it(inside: Page) -> None:
    inside.goto(inside.url.replace("/variables", "/runs"))
    inside.locator("#filter-times > summary").press("Enter")
    field = inside.get_by_label("From")
    field.fill("2026-11-21T10:00")
    field.focus()
    before = field.input_value()
    field.press("ArrowUp")
    expect(field).to_be_focused()
    expect(field).not_to_have_value(before)


def test_a_menu_that_is_loaded_is_not_announced_as_a_list_of_runs(inside: Page) -> None:
    inside.goto(inside.url.replace("/variables", "/runs"))
    inside.locator("details.switcher > summary").press("Enter")
    expect(inside.get_by_role("link", name="New organization")).to_be_visible()
    expect(inside.locator("#announcer")).to_have_text("")
    inside.keyboard.press("Escape")
    expect(inside.locator("details.switcher > summary")).to_be_focused()
    inside.get_by_role("searchbox", name="Name of a run or flow").press_sequentially("zzz")
    expect(inside.locator("#announcer")).to_have_text("No run matches")


def test_the_palette_finds_pages_and_presses_actions(inside: Page, settled: dict[str, Any]) -> None:
    inside.keyboard.press("Control+k")
    field = inside.get_by_role("combobox", name="Search or choose an action")
    expect(field).to_be_focused()
    expect(inside.get_by_role("option", name="API keys")).to_be_visible()
    field.fill("settings etl")
    option = inside.get_by_role("option")
    expect(option).to_have_count(1)
    expect(option).to_contain_text("Settings")
    expect(field).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "")
    expect(inside.get_by_role("status").filter(has_text="1 result")).to_have_count(1)
    inside.keyboard.press("Enter")
    expect(inside).to_have_url(re.compile(r"/settings$"))
    inside.go_back()

    inside.keyboard.press("Control+k")
    field.fill("create")
    first = inside.get_by_role("option").first
    expect(first).to_have_text(re.compile("Create|New"))
    field.fill("no such thing anywhere")
    expect(inside.get_by_text("Nothing found")).to_be_visible()
    inside.keyboard.press("Escape")
    expect(inside.get_by_role("dialog")).to_have_count(0)
    inside.get_by_role("link", name="Search").first.click()
    field.fill(settled["handle"])
    expect(inside.get_by_role("option", name=re.compile(settled["handle"])).first).to_be_visible()
    inside.keyboard.press("ArrowDown")
    inside.keyboard.press("ArrowUp")
    inside.keyboard.press("Enter")
    expect(inside).to_have_url(re.compile(r"/workspace/"))


def test_single_keys_are_shortcuts_until_they_are_switched_off(inside: Page) -> None:
    inside.keyboard.press("?")
    keys = inside.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys.get_by_text("Show this list")).to_be_visible()
    inside.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    inside.keyboard.press("/")
    expect(inside.get_by_role("combobox", name="Search or choose an action")).to_be_focused()
    inside.keyboard.press("Escape")
    inside.goto(inside.url.replace("/variables", "/runs"))
    inside.keyboard.press("/")
    expect(inside.locator("main input[type=search]").first).to_be_focused()
    inside.keyboard.press("?")
    expect(keys).to_have_count(0)

    inside.goto("/my/shortcuts")
    inside.get_by_role("button", name="Switch off single keys").click()
    expect(inside.get_by_text("are switched off in this browser")).to_be_visible()
    inside.keyboard.press("?")
    inside.keyboard.press("/")
    inside.keyboard.press("Control+k")
    expect(inside.get_by_role("combobox")).to_be_focused()
    expect(keys).to_have_count(0)
