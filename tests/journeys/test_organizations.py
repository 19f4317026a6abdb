"""An organization in a real browser: founded, filled, its members' roles changed with scripts and without."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import sign_in
from tests.site import Site

pytestmark = pytest.mark.browser

JOIN = """
from accounts.models import Account, User
from auditlog.actors import system
from orgs.services.members import add_member
account, user = Account.objects.get(handle="{handle}"), User.objects.get(email="{email}")
add_member(account, user=user, role="Member", actor=system("tests"))
"""


@pytest.fixture
def founder(site: Site) -> dict[str, Any]:
    return site.bootstrap(f"fay-{secrets.token_hex(3)}", "etl")


@pytest.mark.usefixtures("hands")
def test_founding_an_organization_and_its_first_workspace(page: Page, founder: dict[str, Any]) -> None:
    mark = secrets.token_hex(3)
    sign_in(page, founder["email"])
    page.locator("summary", has_text="Switch workspace").click()
    page.get_by_role("link", name="New organization").click()
    page.get_by_label("Name").press_sequentially(f"Hooli {mark}")
    expect(page.locator("#note-handle")).to_have_text(f"hooli-{mark} is free.")
    page.get_by_role("button", name="Create organization").dblclick()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Hooli {mark}")
    expect(page.get_by_role("link", name="Invite people")).to_be_visible()
    page.get_by_role("link", name="Create a workspace").click()
    expect(page.get_by_label("Owner").locator("option:checked")).to_contain_text(f"hooli-{mark}")
    page.get_by_label("Name").press_sequentially("Data")
    expect(page.locator("#note-handle")).to_have_text(f"hooli-{mark}/data is free.")
    page.get_by_role("button", name="Create workspace").click()
    page.wait_for_url(re.compile(r"workspace[/=][0-9a-f-]{36}"))

    page.locator("summary", has_text="Switch workspace").click()
    page.get_by_role("link", name=f"Account hooli-{mark}").click()
    page.get_by_role("link", name="Members", exact=True).click()
    expect(page.get_by_text("The only owner")).to_be_visible()


@pytest.mark.usefixtures("hands")
def test_role_is_changed_in_the_list_with_scripts_and_without(
    page: Page, browser: Browser, site: Site, founder: dict[str, Any]
) -> None:
    handle = f"inc-{secrets.token_hex(3)}"
    colleague = site.bootstrap(f"cleo-{secrets.token_hex(3)}")
    sign_in(page, founder["email"])
    page.goto("/organizations/create")
    page.get_by_label("Name").fill("Inc")
    page.get_by_label("Handle").fill(handle)
    page.get_by_role("button", name="Create organization").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inc")
    site.manage("shell", "-c", JOIN.format(handle=handle, email=colleague["email"]))
    page.goto(f"/@{handle}")
    page.get_by_role("link", name="Members", exact=True).click()
    expect(page).to_have_url(re.compile(r"/account/[^/]+/members$"))

    row = page.get_by_role("row").filter(has_text=colleague["email"])
    row.get_by_role("combobox").select_option("Owner")
    page.get_by_role("button", name="Review changes").click()
    expect(page.get_by_role("main")).to_contain_text("will be Owner")
    page.get_by_role("link", name="Cancel").click()
    expect(row.get_by_role("combobox")).to_have_value("Member")
    row.get_by_role("combobox").select_option("Admin")
    page.get_by_role("button", name="Review changes").click()
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#toasts")).to_contain_text("now has the account role Admin")
    expect(row.get_by_role("combobox")).to_have_value("Admin")

    plain = browser.new_context(
        base_url=site.url, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    second = plain.new_page()
    second.goto(page.url)
    row = second.get_by_role("row").filter(has_text=colleague["email"])
    expect(row.get_by_role("combobox")).to_have_value("Admin")
    row.get_by_role("combobox").select_option("Member")
    second.get_by_role("button", name="Review changes").click()
    second.get_by_role("button", name="Save changes").click()
    expect(second).to_have_url(page.url)
    expect(second.get_by_role("row").filter(has_text=colleague["email"]).get_by_role("combobox")).to_have_value(
        "Member"
    )
    plain.close()
