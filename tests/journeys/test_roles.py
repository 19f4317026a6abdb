"""A role of one's own in a real browser: built on another, given to a team, explained, changed, deleted."""

import json
import re
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import sign_in, watch
from tests.site import Site

pytestmark = pytest.mark.browser

JOIN = """
from accounts.models import Account, User
from auditlog.actors import system
from orgs.services.members import add_member
account, user = Account.objects.get(id="{account}"), User.objects.get(email="{email}")
add_member(account, user=user, role="Member", actor=system("tests"))
"""
TELL = """
import json
from auditlog.models import Entry
told = Entry.objects.filter(account_id="{account}", action__regex="^(workspace-role|team|workspace-access)")
print(json.dumps([[entry.action, entry.object_name, entry.detail] for entry in told.order_by('id')]))
"""


@pytest.fixture
def admin(site: Site) -> dict[str, Any]:
    """Who founded an organization with a workspace."""
    mark = secrets.token_hex(3)
    return site.bootstrap(f"initech-{mark}", "etl", email=f"ada-{mark}@example.com", organization=True)


@pytest.fixture
def colleague(site: Site, admin: dict[str, Any]) -> dict[str, Any]:
    """A member of the organization without a role in the workspace."""
    made = site.bootstrap(f"mia-{secrets.token_hex(3)}")
    site.manage("shell", "-c", JOIN.format(account=admin["account_id"], email=made["email"]))
    return made


@pytest.fixture
def second(browser: Browser, site: Site) -> Iterator[Page]:
    """Another person's browser. What she is refused is no error of a page."""
    found: list[str] = []
    context = browser.new_context(base_url=site.url, viewport={"width": 390, "height": 844})
    watch(context, site.url, found)
    yield context.new_page()
    context.close()
    assert [words for words in found if "status of 40" not in words] == []


def call(key: str, address: str, body: dict[str, Any]) -> int:
    request = Request(address, json.dumps(body).encode(), {"Authorization": f"Bearer {key}"})
    request.add_header("Content-Type", "application/json")
    try:
        with urlopen(request, timeout=10) as answer:
            status: int = answer.status
            return status
    except HTTPError as error:
        return error.code


@pytest.mark.usefixtures("hands")
def test_role_is_built_given_explained_changed_and_deleted(
    page: Page, second: Page, site: Site, admin: dict[str, Any], colleague: dict[str, Any]
) -> None:
    account = f"/account/{admin['account_id']}"
    place = f"{account}/workspace/{admin['workspace_id']}"
    api = f"{site.api_url}/accounts/{admin['account_id']}/workspaces/{admin['workspace_id']}"
    sign_in(page, admin["email"])
    sign_in(second, colleague["email"])
    assert second.goto(f"{place}/dashboard").status == 404  # type: ignore[union-attr]  # a page answers

    # Built by inheritance: what comes from Runner is locked, a box ticks those beneath it, the summary follows.
    page.goto(f"{account}/roles")
    page.get_by_role("link", name="New role").click()
    page.get_by_label("Name").fill("Runner plus events")
    summary = page.locator("#summary")
    expect(summary).to_contain_text("No permissions yet.")
    page.get_by_label("Start from").select_option(label="Runner")
    expect(page.get_by_role("group", name="Automations", exact=True)).to_have_count(0)  # there are none here yet
    variables = page.get_by_role("group", name="Variables", exact=True)
    expect(variables.get_by_label("View from Runner")).to_be_disabled()
    expect(variables.get_by_label("View from Runner")).to_be_checked()
    variables.get_by_label("Delete").check()
    expect(variables.get_by_label("Create and edit")).to_be_checked()
    expect(summary).to_contain_text("Create, edit and delete variables.")
    variables.get_by_label("Create and edit").uncheck()
    expect(variables.get_by_label("Delete")).not_to_be_checked()
    events = page.get_by_role("group", name="Events", exact=True).first
    events.get_by_label("Create, edit and delete").focus()
    page.keyboard.press("Space")
    expect(summary).to_contain_text("All permissions of Runner, and:")
    expect(summary).to_contain_text("Create, edit and delete events.")
    expect(summary).to_contain_text("Deletes: events.")
    expect(summary).not_to_contain_text("variables")
    page.get_by_role("button", name="Create role").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runner plus events")
    role = page.url

    # Given to a team.
    page.goto(f"{account}/teams")
    page.get_by_role("link", name="Create a team").click()
    page.get_by_label("Name").fill("Support")
    page.get_by_role("button", name="Create team").click()
    page.get_by_label("Search people").fill(colleague["handle"])
    page.get_by_role("button", name="Search").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Add to team").click()
    page.get_by_role("link", name="Workspaces 0").click()
    page.get_by_label("Workspace", exact=True).select_option(label="etl")
    page.get_by_label("Role", exact=True).select_option(label="Runner plus events")
    page.get_by_role("button", name="Grant role").click()
    expect(page.get_by_role("status").filter(has_text="Support is now Runner plus events in")).to_be_visible()

    # What works for somebody in the team, and what does not.
    assert second.goto(f"{place}/dashboard").status == 200  # type: ignore[union-attr]  # a page answers
    assert second.goto(f"{place}/settings").status == 403  # type: ignore[union-attr]  # a page answers
    expect(second.get_by_text("see_workspace_settings")).to_be_visible()
    assert call(colleague["api_key"], f"{api}/flows/filter", {}) == 200
    assert call(colleague["api_key"], f"{api}/flows/", {"name": "hello"}) == 403

    # Why she has access.
    page.goto(f"{place}/settings/sharing/why?q={colleague['handle']}")
    page.get_by_role("main").get_by_role("link").filter(has_text=re.compile("mia", re.I)).first.click()
    expect(page.get_by_role("main")).to_contain_text("Runner plus events")
    expect(page.get_by_role("main")).to_contain_text("Support")

    # Changed, with the difference before and after; then deleted with another role in its place.
    page.goto(role)
    expect(page.locator("#holders")).to_contain_text("1 team")
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("group", name="Variables", exact=True).get_by_label("Create and edit").check()
    page.get_by_role("group", name="Events", exact=True).first.get_by_label("Create, edit and delete").uncheck()
    expect(summary).to_contain_text("Gained: Create and edit variables.")
    expect(summary).to_contain_text("Lost: Create, edit and delete events.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Lost: View, create, edit and delete events.")
    page.locator("summary", has_text="More actions").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_label("Replacement").select_option(label="Viewer (built in)")
    page.get_by_role("button", name="Delete role").click()
    expect(page.get_by_role("status").filter(has_text="Its holders now have the role Viewer")).to_be_visible()
    assert second.goto(f"{place}/dashboard").status == 200  # type: ignore[union-attr]  # a page answers

    # All of it is on record.
    told = json.loads(site.manage("shell", "-c", TELL.format(account=admin["account_id"])).splitlines()[-1])
    assert [action for action, _, _ in told] == [
        "workspace-role.created",
        "team.created",
        "team-membership.created",
        "workspace-access.created",
        "workspace-role.updated",
        "workspace-role.deleted",
    ]
    by_action = {action: detail for action, _, detail in told}
    assert by_action["workspace-role.updated"]["changes"] == {
        "scopes": {"from": ["manage_events", "see_events"], "to": ["see_variables", "write_variables"]}
    }
    assert by_action["workspace-role.deleted"]["instead"] == "Viewer"
    assert by_action["workspace-access.created"]["role"] == "Runner plus events"


@pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one")
def test_editor_works_without_scripts(browser: Browser, site: Site, admin: dict[str, Any]) -> None:
    context = browser.new_context(base_url=site.url, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, admin["email"])
    page.goto(f"/account/{admin['account_id']}/roles/create")
    page.get_by_label("Name").fill("Plain")
    page.get_by_label("Start from").select_option(label="Viewer")
    group = page.get_by_role("group", name="Variables", exact=True)
    group.get_by_label("Delete").check()
    page.get_by_role("button", name="Update summary").click()
    expect(group.get_by_label("View from Viewer")).to_be_disabled()
    expect(group.get_by_label("Create and edit")).to_be_checked()
    expect(page.locator("#summary")).to_contain_text("Create, edit and delete variables.")
    page.get_by_role("button", name="Create role").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plain")
    context.close()
