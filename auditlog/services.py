"""One verb: record."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from auditlog.actors import Actor
from auditlog.models import Entry
from auditlog.statements import insert


def record(
    action: str,
    *,
    actor: Actor,
    object_id: UUID | str,
    object_name: str = "",
    account_id: UUID | None = None,
    workspace_id: UUID | None = None,
    occurred: datetime | None = None,
    **detail: Any,
) -> None:
    """Write down that `actor` did `action` (`workspace.created`), beside the change and in its transaction.

    `detail` is JSON: the fields that changed as {"from", "to"}, never a secret.
    """
    insert(
        Entry(
            action=action,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name[:254],
            account_id=account_id,
            workspace_id=workspace_id,
            object_id=str(object_id),
            object_name=object_name[:1024],
            occurred=occurred or timezone.now(),
            detail=detail,
        )
    )
