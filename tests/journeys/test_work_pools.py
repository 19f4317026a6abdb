"""An engineer creates a work pool from a type, pauses it, and adds a queue."""

import secrets

import pytest
from playwright.sync_api import Page, expect

from tests.browser import sign_in
from tests.site import Site

pytestmark = pytest.mark.browser


@pytest.mark.usefixtures("hands")
def test_a_pool_is_created_from_a_type_paused_and_given_a_queue(page: Page, site: Site, complaints: list[str]) -> None:
    mark = secrets.token_hex(3)
    ada = site.bootstrap(f"pools-{mark}", "etl", email=f"pools-{mark}@example.com")
    sign_in(page, ada["email"])
    page.goto(f"/account/{ada['account_id']}/workspace/{ada['workspace_id']}/work-pools")
    page.get_by_role("link", name="Create work pool").click()
    page.get_by_role("link", name="Docker").click()
    page.get_by_label("Name", exact=False).first.fill("a/b")
    page.get_by_role("button", name="Create work pool").click()
    expect(page.locator("main")).to_contain_text("cannot contain")
    complaints.clear()  # the browser reports 422
    page.get_by_label("Name", exact=False).first.fill("containers")
    page.get_by_label("Image", exact=False).first.fill("flows:1.4")
    page.get_by_role("button", name="Create work pool").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("containers")
    expect(page.locator("#worker-command")).to_have_text('prefect worker start --pool "containers"')

    page.get_by_role("button", name="Pause").click()
    expect(page.locator("main")).to_contain_text("Paused")
    page.get_by_role("button", name="Resume").first.click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()

    page.get_by_role("link", name="Queues").click()
    page.get_by_role("link", name="Add queue").click()
    page.get_by_label("Name", exact=False).first.fill("urgent")
    page.get_by_label("Priority", exact=False).first.fill("1")
    page.get_by_role("button", name="Create queue").click()
    names = page.locator("tbody .lead a")
    expect(names).to_have_text(["urgent", "default"])
    page.get_by_role("button", name="Pause urgent").click()
    expect(page.get_by_role("row").filter(has_text="urgent")).to_contain_text("Paused")

    page.get_by_role("link", name="Details").click()
    expect(page.locator("main")).to_contain_text('"flows:1.4"')
