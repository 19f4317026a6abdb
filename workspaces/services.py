"""What can happen to a workspace."""

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Account
from accounts.models.accounts import handle_is_well_formed
from auditlog.actors import Actor
from workspaces.audit import record_in
from workspaces.models import Workspace


@transaction.atomic
def create_workspace(account: Account, *, name: str, handle: str, description: str = "", actor: Actor) -> Workspace:
    """Raises ValidationError for a bad handle or one that the account uses already."""
    _check_handle(account, handle)
    workspace = Workspace.objects.create(account=account, name=name, handle=handle, description=description)
    _record("workspace.created", workspace, actor, handle=workspace.full_handle)
    return workspace


@transaction.atomic
def update_workspace(
    workspace: Workspace,
    *,
    actor: Actor,
    name: str | None = None,
    handle: str | None = None,
    description: str | None = None,
) -> None:
    """Change what is not None. Raises ValidationError as `create_workspace`."""
    row = Workspace.objects.select_for_update().get(id=workspace.id)
    if handle is not None and handle != row.handle:
        _check_handle(workspace.account, handle)
    new = {"name": name, "handle": handle, "description": description}
    changes = {
        field: {"from": getattr(row, field), "to": value}
        for field, value in new.items()
        if value is not None and value != getattr(row, field)
    }
    if not changes:
        return
    for field, change in changes.items():
        setattr(workspace, field, change["to"])
    workspace.save(update_fields=[*changes, "updated"])
    _record("workspace.updated", workspace, actor, changes=changes)


@transaction.atomic
def delete_workspace(workspace: Workspace, *, actor: Actor) -> None:
    """With everything in it."""
    _record("workspace.deleted", workspace, actor, handle=workspace.full_handle)
    workspace.delete()


def _check_handle(account: Account, handle: str) -> None:
    handle_is_well_formed(handle)
    if Workspace.objects.filter(account=account, handle=handle).exists():
        raise ValidationError("This account has a workspace with this handle.", code="taken")


def _record(action: str, workspace: Workspace, actor: Actor, **detail: object) -> None:
    record_in(workspace, action, actor=actor, object_id=workspace.id, object_name=workspace.name, **detail)
