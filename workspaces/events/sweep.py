"""Find recent events in the database that the bus did not bring."""

from collections.abc import AsyncIterator, Container, Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from core.db import tenants
from core.fair_threads import FairThreads
from workspaces.events import bus
from workspaces.events.models import Event
from workspaces.events.services import wire_event

_PERIOD = timedelta(seconds=20)
_WORKSPACES = 50
_MOST = 2_000  # ids in one query
_PAGE = 50  # an event can have 1.5 MB

_threads = FairThreads(1, "sweep")


async def missed_messages(seen: Mapping[UUID, Container[UUID]]) -> AsyncIterator[tuple[UUID, bytes]]:
    """Yield messages like those of the bus, with recent events that a workspace's entry in `seen` does not have."""
    workspaces = list(seen)
    for start in range(0, len(workspaces), _WORKSPACES):
        recent = await _threads.run(None, _recent, workspaces[start : start + _WORKSPACES])
        for workspace_id, event_ids in recent.items():
            missed = [event_id for event_id in event_ids if event_id not in seen[workspace_id]]
            for first in range(0, len(missed), _PAGE):
                for message in await _threads.run(None, _messages, workspace_id, missed[first : first + _PAGE]):
                    yield workspace_id, message


def _recent(workspace_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """Return the ids of the newest events of each workspace, oldest first. A busy workspace does not hide others."""
    rows = _newest(workspace_ids)
    if len(rows) == _MOST and len(workspace_ids) > 1:
        rows = [row for workspace_id in workspace_ids for row in _newest([workspace_id])]
    by_workspace: dict[UUID, list[UUID]] = {}
    for workspace_id, event_id in reversed(rows):
        by_workspace.setdefault(workspace_id, []).append(event_id)
    return by_workspace


def _newest(workspace_ids: list[UUID]) -> list[tuple[UUID, UUID]]:
    since = timezone.now() - _PERIOD
    recent: QuerySet[Event] = Event.objects.filter(workspace_id__in=workspace_ids, received__gte=since)
    with tenants.reaching(*workspace_ids):
        return list(recent.order_by("-received").values_list("workspace_id", "id")[:_MOST])


def _messages(workspace_id: UUID, event_ids: list[UUID]) -> list[bytes]:
    events = Event.objects.filter(workspace_id=workspace_id, id__in=event_ids).order_by("received")
    with tenants.reaching(workspace_id):
        return list(bus.pack(bus.EVENTS, map(wire_event, events)))
