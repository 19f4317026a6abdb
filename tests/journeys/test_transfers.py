"""A workspace is offered, declined, offered again, approved and returned, by two people in their browsers."""

import re
import secrets

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import sign_in
from tests.site import Site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one"),
]


def test_workspace_is_handed_over_and_returned(page: Page, browser: Browser, site: Site) -> None:
    mark = secrets.token_hex(3)
    giver, taker = site.bootstrap(f"gil-{mark}", "lab"), site.bootstrap(f"tia-{mark}", "lab")
    sign_in(page, giver["email"])
    settings = f"/account/{giver['account_id']}/workspace/{giver['workspace_id']}/settings"

    def offer(handle: str) -> None:
        page.goto(settings)
        page.get_by_role("link", name="Transfer").last.click()
        page.get_by_label("New owner").fill(f"tia-{mark}")
        page.get_by_label("New handle").fill(handle)
        page.get_by_role("button", name="Show what will happen").click()
        expect(page.locator("#part-access")).to_contain_text("depends")
        page.get_by_label(re.compile("to confirm")).fill(f"tia-{mark}/{handle}")
        page.get_by_role("button", name="Send request").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Transfer of")

    offer("gift")
    context = browser.new_context(base_url=site.url)
    other = context.new_page()
    sign_in(other, taker["email"])
    other.goto(f"/account/{taker['account_id']}/transfers")
    other.get_by_role("main").get_by_role("row").nth(1).get_by_role("link").click()
    expect(other.locator("#part-access")).to_contain_text("loses")
    other.get_by_role("button", name="Decline transfer").click()
    expect(other.get_by_role("main")).to_contain_text("declined")
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("declined")

    offer("lab")  # which the taker has, as only their side is told
    other.goto(f"/account/{taker['account_id']}/transfers")
    other.get_by_role("main").get_by_role("row").nth(1).get_by_role("link").click()
    expect(other.get_by_role("alert")).to_contain_text("handle")
    expect(other.get_by_role("button", name="Approve transfer")).to_have_count(0)
    page.get_by_role("button", name="Cancel transfer").click()
    expect(page.get_by_role("main")).to_contain_text("cancelled")

    offer("gift")
    other.goto(f"/account/{taker['account_id']}/transfers")
    other.get_by_role("main").get_by_role("row").nth(1).get_by_role("link").click()
    other.get_by_role("button", name="Approve transfer").click()
    expect(other.locator("#switch")).to_contain_text(f"tia-{mark}/gift", timeout=30_000)
    assert page.request.get(settings).status == 404
    other.goto(f"/@gil-{mark}/lab/settings")
    expect(other).to_have_url(re.compile(f"/account/{taker['account_id']}/workspace/{giver['workspace_id']}/settings$"))

    page.reload()
    page.get_by_role("link", name="Undo transfer").click()
    page.get_by_role("button", name="Undo transfer").click()
    expect(page.get_by_role("main")).to_contain_text("undone")
    page.goto(settings)
    expect(page.get_by_role("main")).to_contain_text(f"gil-{mark}/lab")
    assert other.request.get(settings).status == 404
    context.close()
