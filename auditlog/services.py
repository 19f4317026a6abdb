"""Add entries to the audit log."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from auditlog.actors import Actor
from auditlog.models import SUCCESS, Entry
from auditlog.request_context import current_request
from core.db.statements import insert
from core.masking import mask_json, mask_secrets


def record(
    action: str,
    *,
    actor: Actor,
    object_id: UUID | str,
    object_name: str = "",
    account_id: UUID | None = None,
    workspace_id: UUID | None = None,
    result: str = SUCCESS,
    **detail: Any,
) -> None:
    """Record that `actor` did `action` (such as `workspace.created`). Call it in the transaction of the change.

    `detail` is JSON: the changed fields as {"from", "to"}, and never a secret. API keys and links that somebody entered
    in a wrong place, such as a name, are masked.

    If a flow run sent the request with a key of its own, `by_flow_run` has its id.
    """
    request = current_request()
    if request.flow_run_id is not None:
        detail["by_flow_run"] = str(request.flow_run_id)
    insert(
        Entry(
            action=action,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=mask_secrets(actor.name)[:254],
            account_id=account_id,
            workspace_id=workspace_id,
            object_id=str(object_id),
            object_name=mask_secrets(object_name)[:1024],
            occurred=timezone.now(),
            result=result,
            detail=mask_json(detail),
            request_id=request.request_id,
            address=request.address,
            user_agent=request.user_agent,
        )
    )
