"""A workspace goes to the trash and comes back, in a real browser."""

import re
import secrets

import pytest
from playwright.sync_api import Page, expect

from tests.browser import sign_in
from tests.site import Site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one"),
]


def test_a_deleted_workspace_comes_back_under_a_new_handle(page: Page, site: Site) -> None:
    handle = f"tara-{secrets.token_hex(3)}"
    person = site.bootstrap(handle, "etl")
    sign_in(page, person["email"])
    workspace = f"/account/{person['account_id']}/workspace/{person['workspace_id']}"
    page.goto(f"{workspace}/settings/delete")
    page.get_by_label("Type").fill(f"{handle}/etl")
    page.get_by_role("button", name="Delete workspace").click()
    expect(page.get_by_text("It can be restored for 7 days.")).to_be_visible()
    answer = page.request.get(f"{workspace}/settings")
    assert answer.status == 404
    page.goto(f"/workspaces/create?owner={person['account_id']}")
    page.get_by_label("Name").fill("Another")
    page.get_by_label("Handle").fill("etl")
    page.get_by_role("button", name="Create workspace").click()
    expect(page).not_to_have_url(re.compile("/workspaces/create"))
    page.goto(f"/account/{person['account_id']}/workspaces")
    page.get_by_role("link", name="Trash", exact=True).click()
    page.get_by_role("link", name=f"Restore {handle}/etl").click()
    expect(page.get_by_text("Another workspace has the handle")).to_be_visible()
    expect(page.get_by_label("Handle")).to_have_value("etl-restored-1")
    page.get_by_role("button", name="Restore workspace").dblclick()
    expect(page.get_by_text(f"Restored the workspace {handle}/etl-restored-1.")).to_be_visible()
    page.goto(f"{workspace}/settings")
    expect(page.get_by_role("main")).to_contain_text(f"{handle}/etl-restored-1")
