"""The page of an account's audit log, what its filters find, and the page of one's own activity."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from auditlog.models import Entry
from orgs.services.teams import create_team, delete_team, update_team
from tests.cast import Organization, Person
from tests.site import ROOT
from tests.visits import text, visitor
from workspaces.audit_log import filters
from workspaces.flows.services import get_or_create_flow
from workspaces.variables.services import create_variable, update_variable

# How docs/audit-log.md calls the nouns, if it is not the noun in the plural.
WORDS_OF_DOCS = {
    "account-domains": "settings",
    "account-invitation": "invitations",
    "account-membership": "members",
    "account-plan": "plans",
    "account-settings": "settings",
    "api-key": "keys",
    "retention": "days of retention",
    "audit-log": "exports of the audit log",
    "deployment-access": "access lists",
    "work-pool-access": "access lists",
    "flow-run-input": "inputs",
    "ip-allowlist": "allowed networks",
    "request": "requests that they refused",
    "saved-search": "saved views",
    "team-membership": "teams",
    "user": "people",
    "workspace-access": "access to workspaces",
    "workspace-invitation": "invitations",
    "workspace-role": "roles",
}
APPS = ("accounts", "orgs", "rbac", "workspaces")

pytestmark = pytest.mark.one_database(reason="Pages; tests/auditlog runs the SQL of entries on both databases.")


def log(organization: Organization, query: str = "", user: Person | None = None) -> str:
    client = visitor((user or organization.admin).user)
    return text(client.get(f"/account/{organization.account.id}/audit-log{query}"))


def test_change_is_shown_with_its_values_before_and_after(organization: Organization) -> None:
    actor = organization.owner.user.as_actor()
    team = create_team(organization.account, name="Data", actor=actor)
    update_team(team, name="Data science", actor=actor)
    page = log(organization, "?group=team")
    assert "team.updated" in page
    assert "team.created" in page
    assert "Data science" in page
    assert f"/account/{organization.account.id}/teams/{team.id}" in content(organization, "?group=team")
    delete_team(team, actor=actor)
    assert f"/account/{organization.account.id}/teams/{team.id}" not in content(organization, "?group=team")


def test_changes_of_every_noun_are_shown_as_before_and_after(owner: Person) -> None:
    actor = owner.user.as_actor()
    variable = create_variable(owner.workspace, name="region", value=1, tags=[], actor=actor)
    update_variable(variable, {"name": "zone"}, actor=actor)
    page = visitor(owner.user).get(f"/account/{owner.account.id}/audit-log?group=variable").content.decode()
    assert "<del>region</del>" in page
    assert "<ins>zone</ins>" in page


def test_flow_is_linked_while_it_exists(owner: Person) -> None:
    flow, _ = get_or_create_flow(owner.workspace, name="etl", tags=[], labels={}, actor=owner.user.as_actor())
    link = f"/account/{owner.account.id}/workspace/{owner.workspace.id}/flows/flow/{flow.id}"
    page = visitor(owner.user).get(f"/account/{owner.account.id}/audit-log?group=flow").content.decode()
    assert f'href="{link}"' in page


def test_every_recorded_noun_can_be_chosen() -> None:
    """The names of actions are written out in the code, so that they can be found there."""
    files = (path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
    nouns = re.findall(r'record\w*\([^"]{0,60}"([a-z-]+)\.[a-z-]+"', " ".join(path.read_text() for path in files))
    assert len(nouns) > 20
    assert set(nouns) - set(filters.GROUPS) == set()


def test_table_of_the_docs_names_every_noun() -> None:
    page = (ROOT / "docs/audit-log.md").read_text()
    recorded = "\n".join(line.split("|")[1] for line in page.splitlines() if line.startswith("|"))
    words = {noun: WORDS_OF_DOCS.get(noun, f"{noun.replace('-', ' ')}s") for noun in filters.GROUPS}
    assert [noun for noun, word in words.items() if word not in recorded] == []


def content(organization: Organization, query: str) -> str:
    client = visitor(organization.admin.user)
    return client.get(f"/account/{organization.account.id}/audit-log{query}").content.decode()


def test_each_filter_finds_its_entry_and_not_others(organization: Organization) -> None:
    api = organization.owner.api
    root = f"/api/accounts/{organization.account.id}"
    api.post(f"{root}/teams/", {"name": "Night shift"}, REMOTE_ADDR="10.9.8.7")
    create_variable(organization.workspace, name="region", value=1, tags=[], actor=organization.member.user.as_actor())
    team = Entry.objects.get(action="team.created", object_name="Night shift")
    today = timezone.now().date()
    for query in (
        "?q=night", "?q=team.created", f"?q={team.object_id}", "?address=10.9.8.7", "?group=team",
        f"?target={team.object_id}", f"?actor={organization.owner.user.id}", f"?since={today}", f"?until={today}",
        "?result=success",
    ):  # fmt: skip
        assert "Night shift" in log(organization, query), query
    for query in (
        "?q=nightly", "?address=10.9.8.8", "?group=variable", f"?target={team.id}", "?result=failure",
        f"?actor={organization.member.user.id}", f"?since={today + timedelta(days=1)}",
        f"?until={today - timedelta(days=1)}", f"?workspace={organization.workspace.id}",
    ):  # fmt: skip
        assert "Night shift" not in log(organization, query), query
    assert "region" in log(organization, f"?workspace={organization.workspace.id}")


@pytest.mark.parametrize(
    "query",
    ["?since=soon&until=9999-99-99", "?until=9998-12-31", "?actor=x&workspace=1", "?group=%00&after=x", "?q=%00%"],
)
def test_invalid_filters_are_ignored(organization: Organization, query: str) -> None:
    client = visitor(organization.admin.user)
    assert client.get(f"/account/{organization.account.id}/audit-log{query}").status_code == 200


def test_search_goes_back_a_limited_number_of_entries(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = organization.owner.user.as_actor()
    for name in ("Early", "Late"):
        create_team(organization.account, name=name, actor=actor)
    monkeypatch.setattr(filters, "SEARCHED", 1)
    assert "Late" in log(organization, "?group=team")
    assert "Early" not in log(organization, "?group=team")
    assert "Early" in log(organization)


def test_only_owners_and_admins_read_it(organization: Organization, stranger: Person) -> None:
    path = f"/account/{organization.account.id}/audit-log"
    assert visitor(organization.member.user).get(path).status_code == 403
    assert visitor(stranger.user).get(path).status_code == 404
    assert visitor(stranger.user).post(f"{path}/exports/create", {"format": "csv"}).status_code == 404
    assert Client().get(path).status_code == 302


def test_log_of_one_account_has_nothing_of_others(organization: Organization, stranger: Person) -> None:
    create_variable(stranger.workspace, name="hidden", value=1, tags=[], actor=stranger.user.as_actor())
    assert stranger.workspace is not None
    for query in ("", "?q=hidden", f"?workspace={stranger.workspace.id}", f"?actor={stranger.user.id}"):
        page = log(organization, query)
        assert "variable.created" not in page
        assert stranger.user.name not in page


def test_activity_has_what_one_did_in_accounts_that_one_belongs_to(
    organization: Organization, stranger: Person
) -> None:
    create_team(organization.account, name="Mine", actor=organization.owner.user.as_actor())
    create_team(organization.account, name="Theirs", actor=organization.admin.user.as_actor())
    page = text(visitor(organization.owner.user).get("/my/activity"))
    assert "Mine" in page
    assert "Theirs" not in page
    membership = organization.account.memberships.get(user=organization.owner.user)
    type(membership).objects.filter(id=membership.id).delete()
    assert "Mine" not in text(visitor(organization.owner.user).get("/my/activity"))
