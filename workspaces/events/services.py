"""Events are stored with the change that caused them and pushed to subscribers after the commit."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from auditlog.statements import insert
from workspaces.events import bus
from workspaces.events.models import Event


def store_events(events: Sequence[Event]) -> None:
    """Write events of one workspace; one that is there already, by its id, is left as it is."""
    if not events:
        return
    Event.objects.bulk_create(events, ignore_conflicts=True)
    workspace_id = events[0].workspace_id
    transaction.on_commit(lambda: bus.publish(workspace_id, bus.EVENTS, [wire_event(event) for event in events]))


def store_event(event: Event) -> None:
    """Write one event of our own making, whose id is new."""
    insert(event)
    transaction.on_commit(lambda: bus.publish(event.workspace_id, bus.EVENTS, [wire_event(event)]))


def wire_event(event: Event) -> dict[str, Any]:
    """An event as subscribers get it (ReceivedEvent)."""
    return {
        "id": event.id,
        "occurred": event.occurred,
        "event": event.event,
        "resource": event.resource,
        "related": event.related,
        "payload": event.payload,
        "follows": event.follows,
        "received": event.received,
    }
