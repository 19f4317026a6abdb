"""The browser's time zone, the switch at the foot of pages, and clocks that count on."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.browser import watch
from tests.feeder import Feeder
from tests.site import Site
from workspaces.templatetags.shown import duration

pytestmark = [
    pytest.mark.browser,
    pytest.mark.one_database(reason="what scripts do in a browser"),
]
# Puts a running clock into the page, as an answer of the server would, and returns what it shows.
SHOW_CLOCK = """([since, elapsed]) => {
  document.querySelector("[data-since]")?.remove();
  const clock = Object.assign(document.createElement("span"), { textContent: "of the server" });
  Object.assign(clock.dataset, { since: new Date(since).toISOString(), elapsed });
  document.body.append(clock);
  document.dispatchEvent(new CustomEvent("polled"));
  return clock.textContent;
}"""


def test_pages_are_in_the_time_zone_of_the_browser_until_the_person_switches(
    browser: Browser, site: Site, feeder: Feeder, complaints: list[str]
) -> None:
    run = feeder.run("hello", "chatty")
    line = {"name": "x", "level": 20, "message": "m", "flow_run_id": run, "timestamp": "2026-07-01T23:30:00Z"}
    feeder.state(run, "RUNNING")
    feeder.post("/logs/", [line])
    feeder.state(run, "COMPLETED")
    log, shown = f"/runs/flow-run/{run}?tab=logs", "05:00:00"
    for zone in ("Asia/Kolkata", "America/New_York"):
        context = browser.new_context(base_url=site.url, timezone_id=zone)
        watch(context, site.url, complaints)
        page = context.new_page()
        feeder.sign_in(page, log)
        foot, time = page.get_by_role("contentinfo"), page.locator(".log-time time")
        expect(time).to_have_text(shown)
        expect(time).to_have_attribute("title", "2026-07-01 23:30:00 UTC")
        box = page.locator(".log-time").bounding_box()
        assert box is not None
        assert box["height"] >= 24
        if shown == "05:00:00":
            foot.get_by_role("button", name="UTC", exact=True).click()
            expect(foot.get_by_role("button", name="UTC", exact=True)).to_have_attribute("aria-pressed", "true")
            expect(page.locator(".log-head")).to_contain_text("Times in UTC")
            shown = "23:30:00"  # also in the person's other browser
            expect(time).to_have_text(shown)
        else:
            foot.get_by_role("button", name="America/New_York").click()
            expect(time).to_have_text("19:30:00")
        context.close()


def test_clocks_round_like_the_server_and_do_not_jump(page: Page, feeder: Feeder) -> None:
    feeder.sign_in(page, "/runs")
    now = timezone.now()
    page.clock.set_fixed_time(now)
    server_now = now.timestamp() * 1000 + 90_000  # the clocks of browsers are wrong

    def shown(seconds: float, delay: float = 0) -> Any:
        return page.evaluate(SHOW_CLOCK, [server_now - seconds * 1000, str(seconds - delay)])

    for seconds in (0.2, 12.345, 59.99, 60.0, 119.99, 3599.9, 3600, 86399.9, 266_500.0):
        assert shown(seconds) == duration(int(seconds)), seconds
    assert shown(12.1) == shown(12.1, delay=0.9)  # a slow answer
