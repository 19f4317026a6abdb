"""Store events together with the change that caused them, and push them to subscribers after the commit."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from core.db.statements import insert
from workspaces.events import bus
from workspaces.events.models import Event


def store_events(events: Sequence[Event]) -> None:
    """Store events of one workspace. Ignores those whose id is stored already."""
    if not events:
        return
    Event.objects.bulk_create(events, ignore_conflicts=True)
    workspace_id = events[0].workspace_id
    transaction.on_commit(lambda: bus.publish(workspace_id, bus.EVENTS, [wire_event(event) for event in events]))


def store_event(event: Event) -> None:
    """Store an event that this server has created, with a new id."""
    insert(event)
    transaction.on_commit(lambda: bus.publish(event.workspace_id, bus.EVENTS, [wire_event(event)]))


def wire_event(event: Event) -> dict[str, Any]:
    """Return an event as subscribers receive it, in the shape of `schemas.ReceivedEvent`."""
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
