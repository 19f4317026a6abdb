"""The events of an account: audit entries and events of workspaces, filtered, in pages, and counted."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from auditlog.models import Entry
from orgs.services.teams import create_team, update_team
from rbac import permissions, scopes
from tests.cast import Organization, Person
from tests.workspaces.account_events.calls import found, happen, names, root
from workspaces.account_events import visibility
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace
from workspaces.variables.services import create_variable

AUDIT = {"event": {"prefix": ["prefect-cloud."]}}


def test_audit_entry_is_an_event_with_contract_names(organization: Organization) -> None:
    owner, account = organization.owner, organization.account
    answer = owner.api.post(
        f"/api/accounts/{account.id}/teams/", {"name": "Data"}, REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="curl/8"
    )
    team_id = answer.json()["id"]
    event = found(owner.api, organization, limit=1)["events"][0]
    entry = Entry.objects.get(action="team.created")
    assert event == {
        "id": str(entry.id),
        "occurred": event["occurred"],
        "received": event["occurred"],
        "event": "prefect-cloud.team.created",
        "resource": {"prefect.resource.id": f"prefect-cloud.team.{team_id}", "prefect.resource.name": "Data"},
        "related": [
            {
                "prefect.resource.id": f"prefect-cloud.user.{owner.user.id}",
                "prefect.resource.name": entry.actor_name,
                "prefect.resource.role": "actor",
            },
            {"prefect.resource.id": f"prefect-cloud.account.{account.id}", "prefect.resource.role": "account"},
        ],
        "payload": {
            "detail": entry.detail,
            "result": "success",
            "request_id": answer["X-Request-ID"],
            "ip_address": "192.0.2.7",
            "user_agent": "curl/8",
        },
        "follows": None,
        "account": str(account.id),
        "workspace": None,
    }
    assert datetime.fromisoformat(event["occurred"]) == entry.occurred


def test_changes_are_in_the_payload_and_the_workspace_is_related(organization: Organization) -> None:
    actor, workspace = organization.owner.user.as_actor(), organization.workspace
    team = create_team(organization.account, name="Data", actor=actor)
    update_team(team, name="Data science", actor=actor)
    create_variable(workspace, name="limit", value="1", tags=[], actor=actor)
    variable, change = found(organization.owner.api, organization, limit=2, **AUDIT)["events"]
    assert change["payload"]["detail"]["changes"]["name"] == {"from": "Data", "to": "Data science"}
    assert (variable["event"], variable["workspace"]) == ("prefect-cloud.variable.created", str(workspace.id))
    assert variable["related"][-1] == {
        "prefect.resource.id": f"prefect-cloud.workspace.{workspace.id}",
        "prefect.resource.role": "workspace",
    }


def test_only_readers_of_the_audit_log_see_events(organization: Organization, stranger: Person) -> None:
    team = create_team(organization.account, name="Data", actor=organization.owner.user.as_actor())
    happen(stranger.workspace, "strange.event")
    calls: list[tuple[str, str]] = [
        ("post", "filter"), ("get", "filter/next?page-token=x"), ("post", "count-by/event"),
    ]  # fmt: skip
    for who, status in ((organization.member, {403}), (stranger, {404}), (organization.admin, {200, 422})):
        for method, path in calls:
            answer = who.api.call(method, f"{root(organization)}/{path}", {} if method == "post" else None)
            assert answer.status_code in status, (who.user, path)
            assert (str(team.id) in answer.content.decode()) is (who is organization.admin and path == "filter")
    assert "strange.event" not in names(organization.admin.api, organization)


def test_events_of_a_workspace_need_see_events_there(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Built-in account roles that read the audit log hold all scopes, so the rule is tested below the endpoint."""
    other = create_workspace(
        organization.account, name="Other", handle="other", actor=organization.owner.user.as_actor()
    )
    account = organization.account
    assert set(visibility.visible_workspaces(organization.admin.user, account)) == {organization.workspace.id, other.id}
    assert visibility.visible_workspaces(organization.member.user, account) == []
    held = {str(other.id): frozenset({scopes.SEE_EVENTS}), str(organization.workspace.id): frozenset({"see_flows"})}
    in_order = iter(
        [held[str(row.id)] for row in Workspace.objects.filter(account=account).open_to(organization.admin.user)]
    )
    monkeypatch.setattr(visibility, "read_scopes", lambda _: next(in_order))
    assert visibility.visible_workspaces(organization.admin.user, account) == [other.id]


def test_filters_find_what_they_say(organization: Organization) -> None:
    api, workspace, actor = organization.owner.api, organization.workspace, organization.owner.user.as_actor()
    happen(workspace, "test.one", ago=5)
    happen(workspace, "test.two", ago=4, related=[{"prefect.resource.id": "r", "prefect.resource.role": "x"}])
    team = create_team(organization.account, name="Zebra", actor=actor)
    variable = create_variable(workspace, name="v", value="1", tags=[], actor=actor)
    created = "prefect-cloud.variable.created"
    tests = {"event": {"prefix": ["test."]}}
    assert names(api, organization, **tests) == ["test.two", "test.one"]
    assert names(api, organization, **tests, order="ASC") == ["test.one", "test.two"]
    assert names(api, organization, event={"prefix": ["prefect-cloud.team."]}) == ["prefect-cloud.team.created"]
    assert names(api, organization, event={"prefix": ["p", "test.t"], "name": ["test.two", created]}) == [
        created,
        "test.two",
    ]
    assert names(api, organization, text={"query": "zebra"}) == ["prefect-cloud.team.created"]
    assert names(api, organization, resource={"id": [f"prefect-cloud.team.{team.id}"]}) == [
        "prefect-cloud.team.created"
    ]
    assert names(api, organization, **tests, related={"role": ["x"]}) == ["test.two"]
    actor_id = f"prefect-cloud.user.{organization.owner.user.id}"
    assert created in names(api, organization, related={"resources_in_roles": [[actor_id, "actor"]]})
    in_workspace = names(api, organization, scope={"workspace": [str(workspace.id)]})
    assert created in in_workspace
    assert "test.one" in in_workspace
    assert "prefect-cloud.team.created" not in in_workspace
    assert names(api, organization, scope={"account": str(organization.owner.account.id)}) == []
    assert names(api, organization, scope={"workspace": [str(organization.owner.workspace.id)]}) == []
    entry = Entry.objects.get(object_id=str(variable.id))
    assert names(api, organization, id={"id": [str(entry.id)]}) == [created]
    past = {"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}
    assert names(api, organization, occurred=past) == []


def test_events_that_look_like_audit_entries_are_left_out(organization: Organization) -> None:
    """Clients choose the names of their events."""
    happen(organization.workspace, "prefect-cloud.team.deleted")
    happen(organization.workspace, "prefect-cloudy")
    api = organization.owner.api
    assert names(api, organization, event={"prefix": ["prefect-cloud.team."]}) == []
    assert names(api, organization, event={"name": ["prefect-cloud.team.deleted"]}) == []
    assert [name for name in names(api, organization) if name in ("prefect-cloudy", "prefect-cloud.team.deleted")] == [
        "prefect-cloudy"
    ]


def test_event_with_the_id_of_an_entry_does_not_hide_it(organization: Organization) -> None:
    """Clients choose the ids of their events."""
    create_team(organization.account, name="Data", actor=organization.owner.user.as_actor())
    happen(organization.workspace, "test.disguised", id=Entry.objects.get(action="team.created").id)
    assert {"test.disguised", "prefect-cloud.team.created"} <= set(names(organization.owner.api, organization))


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"filter": {"occurred": {"since": "2026-01-01T00:00:00Z", "until": "2026-03-01T00:00:00Z"}}}, "14 days"),
        ({"filter": {"resource": {"id": ["x"], "distinct": True}}}, "distinct"),
        ({"filter": {"event": {"prefix": ["x"] * 101}}}, "100 prefixes"),
        ({"filter": {"event": {"name": ["x"] * 2_001}}}, "2000 values"),
        ({"filter": {"text": {"query": "x" * 201}}}, "200"),
        ({"filter": {"unknown": 1}}, "unknown"),
        ({"limit": 201}, "200"),
    ],
)
def test_unbounded_queries_are_refused(owner: Person, body: dict[str, Any], word: str) -> None:
    for path in ("filter", "count-by/event"):
        if path == "filter" or "limit" not in body:
            answer = owner.api.post(f"{root(owner)}/{path}", body)
            assert (answer.status_code, word in answer.content.decode()) == (422, True), answer.content


def test_counts(organization: Organization) -> None:
    api, workspace, owner = organization.owner.api, organization.workspace, organization.owner.user
    for ago in (1, 2, 3):
        happen(workspace, "test.counted", ago=ago)
    create_team(organization.account, name="Data", actor=owner.as_actor())

    def count(by: str, **body: Any) -> Any:
        answer = api.post(f"{root(organization)}/count-by/{by}", body)
        assert answer.status_code == 200, answer.content
        return answer.json()

    by_event = {row["value"]: row["count"] for row in count("event")}
    assert (by_event["test.counted"], by_event["prefect-cloud.team.created"]) == (3, 1)
    tests = {"event": {"prefix": ["test."]}}
    (row,) = count("resource", filter=tests)
    ends = [datetime.fromisoformat(row[name]) for name in ("start_time", "end_time")]
    assert (row["value"], row["label"], row["count"]) == ("test.thing", "test.thing", 3)
    assert timedelta(seconds=1.9) < ends[1] - ends[0] < timedelta(seconds=3)
    assert [row["value"] for row in count("workspace", filter=tests)] == [str(workspace.id)]
    assert f"prefect-cloud.user.{owner.id}" in {row["value"] for row in count("actor")}
    assert sum(row["count"] for row in count("day", filter=tests)) == 3
    since = timezone.now() - timedelta(seconds=9)
    period = {"since": since.isoformat(), "until": (since + timedelta(seconds=10)).isoformat()}
    rows = count("time", filter={**tests, "occurred": period}, time_unit="second", time_interval=5)
    assert [row["count"] for row in rows] == [0, 3, 0]
    assert datetime.fromisoformat(rows[0]["start_time"]) == since
    assert api.post(f"{root(organization)}/count-by/colour").status_code == 404
    answer = api.post(f"{root(organization)}/count-by/time", {"time_unit": "second"})
    assert (answer.status_code, "1000" in answer.content.decode()) == (422, True)


def test_number_of_queries_does_not_grow_with_events_and_empty_workspaces(organization: Organization) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            found(organization.owner.api, organization)
        return len(captured)

    create_team(organization.account, name="Data", actor=organization.owner.user.as_actor())
    happen(organization.workspace, "test.one")
    before = cost()
    actor = organization.owner.user.as_actor()
    for number in range(3):
        happen(organization.workspace, "test.more")
        create_workspace(organization.account, name=f"Place {number}", handle=f"place-{number}", actor=actor)
    assert cost() == before


def test_builtin_readers_are_who_own_all_workspaces() -> None:
    """If a role could read the audit log only, `visible_workspaces` would leave workspaces out for it."""
    readers = {role for role, held in permissions.ROLES.items() if permissions.READ_AUDIT_EVENT in held}
    assert readers == set(permissions.IMPLICIT_WORKSPACE_OWNERS)
