"""What can happen to a workspace."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import Account
from accounts.models.accounts import handle_is_well_formed
from auditlog.actors import Actor
from rbac.grants import forget_workspace
from workspaces.audit import record_in
from workspaces.models import Owned, Workspace


@transaction.atomic
def create_workspace(account: Account, *, name: str, handle: str, description: str = "", actor: Actor) -> Workspace:
    """Raises ValidationError for a bad handle or one that the account uses already."""
    _check_handle(account, handle)
    with _taken_handle_is_invalid():
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
    with _taken_handle_is_invalid():
        workspace.save(update_fields=[*changes, "updated"])
    _record("workspace.updated", workspace, actor, changes=changes)


@transaction.atomic
def delete_workspace(workspace: Workspace, *, actor: Actor) -> bool:
    """With everything in it. False when it is gone already.

    The row is locked first, so that nothing new can point at it while the rest goes.
    """
    if Workspace.objects.select_for_update().filter(id=workspace.id).first() is None:
        return False
    _record("workspace.deleted", workspace, actor, handle=workspace.full_handle)
    _delete_rows_of(workspace)
    forget_workspace(workspace.id)
    workspace.delete()
    return True


def _delete_rows_of(workspace: Workspace) -> None:
    """Every table of a tenant by its key, in any order: foreign keys are checked at the end of the transaction.

    Django's own cascade would read each row first.
    """
    for model in apps.get_models():
        if issubclass(model, Owned):
            table = connection.ops.quote_name(model._meta.db_table)
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {table} WHERE workspace_id = %s", [_stored(workspace.id)])  # noqa: S608


def _stored(value: UUID) -> UUID | str:
    return value if connection.features.has_native_uuid_field else value.hex


@contextmanager
def _taken_handle_is_invalid() -> Iterator[None]:
    """Two may ask for the same handle at once: the second is told as if it had come later."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ValidationError("This account has a workspace with this handle.", code="taken") from error


def _check_handle(account: Account, handle: str) -> None:
    handle_is_well_formed(handle)
    if Workspace.objects.filter(account=account, handle=handle).exists():
        raise ValidationError("This account has a workspace with this handle.", code="taken")


def _record(action: str, workspace: Workspace, actor: Actor, **detail: object) -> None:
    record_in(workspace, action, actor=actor, object_id=workspace.id, object_name=workspace.name, **detail)
