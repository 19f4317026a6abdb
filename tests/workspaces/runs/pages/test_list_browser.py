"""The list of runs in a real browser: it follows what is typed and what runs, and acts on what is selected."""

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser import TOO_WIDE
from tests.feeder import Feeder

pytestmark = pytest.mark.browser
PHONE: ViewportSize = {"width": 390, "height": 844}


def _top(page: Page, name: str) -> float:
    box = page.get_by_role("link", name=name, exact=True).bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.usefixtures("hands")
def test_list_follows_what_is_typed_without_reloading(page: Page, feeder: Feeder) -> None:
    for name in ("apple", "banana"):
        feeder.run("fruit", name)
    feeder.sign_in(page, "/runs")
    page.evaluate("window.sameDocument = true")
    field = page.get_by_role("searchbox", name="Name of a run or flow")
    field.press_sequentially("ban")
    expect(page.get_by_role("link", name="apple")).to_have_count(0)
    expect(page).to_have_url(_url(page, "?q=ban"))
    expect(field).to_be_focused()
    expect(page.locator("#announcer")).to_contain_text("1 run")
    field.fill("")
    expect(page.get_by_role("link", name="apple")).to_be_visible()
    page.locator("#filter-states summary").click()
    page.locator("#filter-states input[value=failed]").check()
    expect(page.get_by_role("heading", name="No run matches")).to_be_visible()
    assert page.evaluate("window.sameDocument") is True
    page.reload()
    expect(page.get_by_role("heading", name="No run matches")).to_be_visible()


@pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one")
def test_new_run_appears_within_three_seconds_and_moves_nothing_that_is_read(page: Page, feeder: Feeder) -> None:
    for number in range(30):
        feeder.run("steady", f"run-{number:02}")
    feeder.sign_in(page, "/runs")
    feeder.run("steady", "fresh")
    expect(page.get_by_role("link", name="fresh")).to_be_visible(timeout=4000)
    page.get_by_role("link", name="run-10", exact=True).scroll_into_view_if_needed()
    page.mouse.wheel(0, 300)
    page.get_by_role("link", name="run-10", exact=True).hover()
    before = _top(page, "run-10")
    feeder.run("steady", "fresher")
    expect(page.get_by_role("link", name="fresher")).to_have_count(1, timeout=4000)
    assert abs(_top(page, "run-10") - before) < 2


@pytest.mark.usefixtures("hands")
def test_selected_runs_are_cancelled_one_after_the_other(page: Page, feeder: Feeder) -> None:
    page.set_viewport_size(PHONE)
    going, done = feeder.run("etl", "going"), feeder.run("etl", "done")
    feeder.state(going, "RUNNING")
    feeder.state(done, "RUNNING")
    feeder.state(done, "COMPLETED")
    feeder.sign_in(page, "/runs")
    cancel = page.get_by_role("button", name="Cancel selected")
    expect(cancel).to_be_disabled()
    page.get_by_text("Select all on this page").click()
    expect(page.get_by_text("2 selected")).to_be_visible()
    assert page.evaluate(TOO_WIDE) <= 0
    cancel.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel 2 runs?")
    page.get_by_role("button", name="Cancel runs").click()
    expect(page.get_by_text("1 done, 1 refused.")).to_be_visible()
    expect(page.get_by_text("It has already ended: it is Completed.")).to_be_visible()
    assert page.evaluate(TOO_WIDE) <= 0


@pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one")
def test_filter_and_tabs_lie_on_the_screen_of_a_phone(page: Page, feeder: Feeder) -> None:
    page.set_viewport_size(PHONE)
    run = feeder.run("etl", "going")
    feeder.sign_in(page, "/runs")
    for menu in ("#filter-states", "#views"):
        page.locator(f"{menu} summary").click()
        _on_screen(page, f"{menu} .menu-panel")
        page.locator(f"{menu} summary").click()
    page.goto(feeder.at(f"/runs/flow-run/{run}?tab=history"))
    _on_screen(page, ".tabs [aria-current]")


def _on_screen(page: Page, selector: str) -> None:
    box = page.locator(selector).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]


def _url(page: Page, query: str) -> str:
    return page.url.partition("?")[0] + query
