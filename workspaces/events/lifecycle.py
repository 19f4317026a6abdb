"""Events about objects that are created, updated or deleted, as the Prefect server emits them."""

from collections.abc import Sequence
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
) -> None:
    """Store the event `prefect.<kind>.<action>` in the transaction of the change.

    `action` is "created", "updated" or "deleted".
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
        resource={"prefect.resource.id": resource_id, "prefect.resource.name": name},
        related=list(related),
        payload=payload,
    )
    store_event(event)
