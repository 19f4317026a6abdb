"""Watching runs in a real browser on the live site, which a program feeds through the API meanwhile."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import TOO_WIDE, watch
from tests.feeder import Feeder
from tests.site import Site

pytestmark = pytest.mark.browser


@pytest.mark.usefixtures("hands")
def test_empty_dashboard_turns_into_bars_by_itself_and_a_bar_leads_to_its_runs(page: Page, feeder: Feeder) -> None:
    feeder.sign_in(page, "/dashboard")
    expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
    run = feeder.run("hello", "first-run")
    feeder.state(run, "RUNNING")
    feeder.state(run, "COMPLETED")
    bar = page.locator(".chart-bar")
    expect(bar).to_have_count(1)
    bar.click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="first-run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("first-run")


@pytest.mark.usefixtures("hands")
def test_log_follows_a_live_run_to_its_end(page: Page, feeder: Feeder) -> None:
    run = feeder.run("hello", "chatty")
    feeder.state(run, "RUNNING")
    feeder.log(run, "before")
    feeder.sign_in(page, f"/runs/flow-run/{run}")
    page.get_by_role("link", name="Logs", exact=True).click()
    log = page.get_by_role("log")
    for number in range(3):
        feeder.log(run, f"line {number}")
        expect(log).to_contain_text(f"line {number}")
    expect(page.locator("#log-total")).to_have_text("4")
    feeder.state(run, "FAILED", "out of disk")
    expect(page.locator("#head")).to_contain_text("Failed")
    assert [text.strip() for text in page.locator(".log-text").all_inner_texts()] == [
        "before", "line 0", "line 1", "line 2",
    ]  # fmt: skip


@pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one")
def test_scrolling_up_stops_following_and_new_lines_are_counted(page: Page, feeder: Feeder) -> None:
    run = feeder.run("hello", "long")
    feeder.state(run, "RUNNING")
    line = {"name": "x", "level": 20, "flow_run_id": run}
    now = datetime.now(UTC).isoformat()
    feeder.post("/logs/", [{**line, "message": f"row {number}", "timestamp": now} for number in range(120)])
    feeder.sign_in(page, f"/runs/flow-run/{run}")
    page.wait_for_timeout(1200)  # the lines count as settled after a second
    page.goto(feeder.at(f"/runs/flow-run/{run}?tab=logs"))
    expect(page.locator(".log-line")).to_have_count(120)
    page.locator("#log").hover()
    page.mouse.wheel(0, -600)
    expect(page.locator("#log-follow")).not_to_be_checked()
    before = page.locator("#log").evaluate("log => log.scrollTop")
    feeder.log(run, "news")
    expect(page.locator("#log-new")).to_have_text("1 new line")
    assert page.locator("#log").evaluate("log => log.scrollTop") == before
    page.locator("#log-new").click()
    expect(page.get_by_text("news")).to_be_in_viewport()
    expect(page.locator("#log-follow")).to_be_checked()


@pytest.mark.usefixtures("hands")
def test_cancel_and_delete_ask_first(page: Page, feeder: Feeder) -> None:
    run = feeder.run("hello", "doomed")
    feeder.state(run, "RUNNING")
    feeder.sign_in(page, f"/runs/flow-run/{run}")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Keep it running").click()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.locator("#head")).to_contain_text("Cancelling")
    page.locator("summary", has_text="More actions").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete the run").click()
    expect(page.get_by_text("Deleted the run “doomed”.")).to_be_visible()


@pytest.mark.usefixtures("hands")
def test_filters_act_when_chosen_and_can_be_taken_away(page: Page, feeder: Feeder) -> None:
    for flow, name in (("one", "fox"), ("two", "owl")):
        feeder.state(feeder.run(flow, name), "RUNNING")
    feeder.sign_in(page, "/runs")
    page.get_by_label("Flow", exact=True).select_option(label="one")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_text("State", exact=True).first.click()
    page.get_by_role("checkbox", name="Failed").check()
    expect(page.locator("#filter-states .count")).to_have_text("1")
    expect(page.get_by_role("heading", name="No run matches")).to_be_visible()
    page.locator("#filter-states > summary").click()
    page.get_by_role("link", name="Remove State: Failed").click()
    page.get_by_role("link", name="Remove Flow: one").click()
    expect(page.get_by_role("row")).to_have_count(3)


@pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one")
@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_pages_fit_the_screen_with_and_without_scripts(
    browser: Browser, site: Site, feeder: Feeder, complaints: list[str], width: int, theme: Any
) -> None:
    run = feeder.run("a-flow-with-a-rather-long-name-indeed", "n" * 60, tags=["t" * 40], parameters={"x": "y" * 200})
    feeder.state(run, "RUNNING")
    feeder.log(run, "z" * 300)
    feeder.state(run, "FAILED", "e" * 300)
    flow = feeder.post("/flows/filter", {})[0]["id"]
    tabs = ["overview", "logs", "task-runs", "child-runs", "timeline", "parameters", "history"]
    paths = ["/dashboard", "/runs", "/runs?tab=task-runs", "/flows", f"/flows/flow/{flow}"]
    paths += [f"/runs/flow-run/{run}?tab={tab}" for tab in tabs]
    for scripts in (True, False):
        context = browser.new_context(
            base_url=site.url, viewport={"width": width, "height": 800}, color_scheme=theme, java_script_enabled=scripts
        )
        if scripts:
            watch(context, site.url, complaints)
        page = context.new_page()
        feeder.sign_in(page, "/dashboard")
        for path in paths:
            answer = page.goto(feeder.at(path))
            assert answer is not None
            assert answer.status == 200
            if scripts:
                assert page.evaluate(TOO_WIDE) <= 0, path
        context.close()
