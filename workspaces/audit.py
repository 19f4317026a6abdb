"""Audit entries about a workspace."""

from typing import Any
from uuid import UUID

from auditlog.actors import Actor
from auditlog.services import record
from workspaces.models import Workspace


def record_in(
    workspace: Workspace, action: str, *, actor: Actor, object_id: UUID | str, object_name: str = "", **detail: Any
) -> None:
    """Write an audit entry about an object of the workspace. Call it in the transaction of the change."""
    record(
        action,
        actor=actor,
        account_id=workspace.account_id,
        workspace_id=workspace.id,
        object_id=object_id,
        object_name=object_name,
        **detail,
    )


def record_workspace(workspace: Workspace, action: str, *, actor: Actor, **detail: Any) -> None:
    """Write an audit entry about the workspace itself. Call it in the transaction of the change."""
    record_in(workspace, action, actor=actor, object_id=workspace.id, object_name=workspace.name, **detail)
