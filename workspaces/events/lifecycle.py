"""Events about objects that are created, updated or deleted, as the Prefect server emits them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from core.db.ids import new_id
from workspaces.events.models import Event
from workspaces.events.services import store_event


def store_lifecycle_event(
    workspace_id: UUID,
    kind: str,
    action: str,
    *,
    object_id: UUID,
    name: str,
    payload: dict[str, Any],
    related: Sequence[dict[str, str]] = (),
    labels: Mapping[str, str] | None = None,
    follows: UUID | None = None,
) -> UUID:
    """Store the event `prefect.<kind>.<action>` in the transaction of the change. Return its id.

    `action` is "created", "updated" or "deleted", or a status, such as "not-ready". `labels` are those of the resource,
    besides its id and name. `follows` is the id of the event before this one, if they must be seen in order.
    """
    now = timezone.now()
    resource_id = f"prefect.{kind}.{object_id}"
    event = Event(
        id=new_id(),
        workspace_id=workspace_id,
        occurred=now,
        received=now,
        event=f"prefect.{kind}.{action}",
        resource_id=resource_id,
        resource={"prefect.resource.id": resource_id, "prefect.resource.name": name, **(labels or {})},
        related=list(related),
        payload=payload,
        follows=follows,
    )
    store_event(event)
    return event.id
