"""Which rows a subscriber of an account is sent at each look into the database."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orgs.queries import account_access
from orgs.services.teams import create_team
from rbac.permissions import READ_AUDIT_EVENT
from tests.cast import Organization, Person
from tests.workspaces.account_events.calls import happen
from workspaces.account_events import sockets
from workspaces.account_events.filters import AccountEventFilter
from workspaces.account_events.sockets import AccountStream
from workspaces.directory.services import create_workspace
from workspaces.events.matching import EventMatcher
from workspaces.websockets.connection import Caller


def stream_of(person: Person, organization: Organization, **chosen: Any) -> AccountStream:
    access = account_access(person.user, organization.account.id)
    assert access is not None
    until = {"until": (timezone.now() + timedelta(days=1)).isoformat()}
    event_filter = AccountEventFilter.model_validate({"occurred": until, **chosen})
    caller = Caller(person.key, person.user, access, READ_AUDIT_EVENT)
    return AccountStream(caller, event_filter, EventMatcher(event_filter), True)


def sent(stream: AccountStream) -> list[uuid.UUID]:
    return [event_id for event_id, _ in stream._frames(stream._new_keys(timezone.now() - timedelta(seconds=20)))]


def test_each_row_is_sent_once_also_if_it_appears_late(organization: Organization) -> None:
    """A row that is committed after newer ones has an earlier time."""
    stream = stream_of(organization.admin, organization, event={"prefix": ["test."]})
    first = happen(organization.workspace, "test.first", ago=5)
    assert sent(stream) == [first.id]
    late, last = happen(organization.workspace, "test.late", ago=9), happen(organization.workspace, "test.last")
    assert sent(stream) == [late.id, last.id]
    assert sent(stream) == []


def test_new_workspaces_are_included_and_strange_ones_are_not(organization: Organization, stranger: Person) -> None:
    actor = organization.owner.user.as_actor()
    stream = stream_of(organization.admin, organization, event={"prefix": ["test."]})
    assert sent(stream) == []
    created = create_workspace(organization.account, name="New", handle="new", actor=actor)
    happen(stranger.workspace, "test.strange")
    event = happen(created, "test.new")
    assert sent(stream) == [event.id]


def test_caller_without_scopes_gets_audit_entries_only(organization: Organization) -> None:
    """No built-in role reads the audit log without owning all workspaces, so the member stands in for one."""
    happen(organization.workspace, "test.hidden")
    create_team(organization.account, name="Data", actor=organization.owner.user.as_actor())
    stream = stream_of(organization.member, organization, event={"prefix": ["test.", "prefect-cloud.team."]})
    assert len(sent(stream)) == 1


def test_event_that_looks_like_an_audit_entry_is_not_sent(organization: Organization) -> None:
    happen(organization.workspace, "prefect-cloud.team.deleted")
    stream = stream_of(organization.admin, organization, event={"prefix": ["prefect-cloud.team."]})
    assert sent(stream) == []


def test_slow_filter_ends_the_stream(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = stream_of(organization.admin, organization)
    happen(organization.workspace, "test.one")
    monkeypatch.setattr("workspaces.events.subscriptions._MATCHING_SHARE", 0)
    stream._subscription._seconds = 0
    assert sent(stream) != []
    assert stream._subscription.overrun == "The filter takes too long"


def test_a_look_reads_a_limited_number_of_rows(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_MOST", 3)
    rows = [happen(organization.workspace, "test.many", ago=10 - number) for number in range(6)]
    stream = stream_of(organization.admin, organization, event={"prefix": ["test."]})
    assert sent(stream) == [row.id for row in rows[3:]]
