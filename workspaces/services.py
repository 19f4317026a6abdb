"""What can happen to a workspace."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import Account, User
from accounts.models.accounts import HANDLE_LENGTH, handle_is_well_formed
from auditlog.actors import Actor
from orgs.models import Membership
from orgs.services import invitations
from orgs.services.locks import hold_account
from rbac import builtin
from rbac.access_lists import Listed, forget
from rbac.grants import forget_workspace
from rbac.models import WorkspaceRole
from rbac.permissions import IMPLICIT_WORKSPACE_OWNERS
from workspaces.audit import record_in
from workspaces.models import Owned, Workspace
from workspaces.sharing import set_default_role, share_with


@transaction.atomic
def create_workspace(
    account: Account, *, name: str, handle: str, description: str = "", owner: User | None = None, actor: Actor
) -> Workspace:
    """`owner` gets the role of that name, unless the account makes them one anyway.

    Raises ValidationError for an empty name, and for a bad handle or one that the account uses already.
    """
    _check_name(name)
    _check_handle(account, handle)
    with _taken_handle_is_invalid():
        workspace = Workspace.objects.create(account=account, name=name, handle=handle, description=description)
    _record("workspace.created", workspace, actor, handle=workspace.full_handle)
    if owner is not None and not _owns_all_of(account, owner):
        share_with(workspace, owner, WorkspaceRole.objects.get(id=builtin.IDS[builtin.OWNER]), actor=actor)
    return workspace


@transaction.atomic
def update_workspace(
    workspace: Workspace,
    *,
    actor: Actor,
    name: str | None = None,
    handle: str | None = None,
    description: str | None = None,
    default_role: WorkspaceRole | None = None,
    within: frozenset[str] | None = None,
) -> None:
    """Change what is not None, all or nothing. `set_default_role` takes a default role away.

    Raises ValidationError as `create_workspace`; `within`, and what else is raised for a role, as `set_default_role`.
    """
    row = _held(workspace)
    if name is not None:
        _check_name(name)
    if handle is not None and handle != row.handle:
        _check_handle(workspace.account, handle)
    new = {"name": name, "handle": handle, "description": description}
    with _taken_handle_is_invalid():
        _change(workspace, row, {field: value for field, value in new.items() if value is not None}, actor)
    if default_role is not None:
        set_default_role(workspace, default_role, within=within, actor=actor)


@transaction.atomic
def update_settings(workspace: Workspace, new: Mapping[str, Any], *, actor: Actor) -> None:
    """Change where results go by default: `inherit_default_result_storage`, `default_result_storage_block_id`."""
    _change(workspace, _held(workspace), new, actor)


@transaction.atomic
def delete_workspace(workspace: Workspace, *, actor: Actor) -> bool:
    """With everything in it. False when it is gone already.

    The row is locked first, so that nothing new can point at it while the rest goes.
    """
    hold_account(workspace.account_id)
    if Workspace.objects.select_for_update().filter(id=workspace.id).first() is None:
        return False
    _record("workspace.deleted", workspace, actor, handle=workspace.full_handle)
    _delete_rows_of(workspace)
    invitations.forget_workspace(workspace)
    forget_workspace(workspace.id)
    workspace.delete()
    return True


def _held(workspace: Workspace) -> Workspace:
    """The workspace as it is now, held for this transaction. Raises ValidationError when it is gone."""
    hold_account(workspace.account_id)
    row = Workspace.objects.select_for_update(no_key=True).filter(id=workspace.id).first()
    if row is None:
        raise ValidationError("This workspace is gone.", code="conflict")
    return row


def _change(workspace: Workspace, row: Workspace, new: Mapping[str, Any], actor: Actor) -> None:
    """Write what differs from the `row` that is held, with an entry of it."""
    known = {field: getattr(row, field) for field in new}
    changed = {field: value for field, value in new.items() if value != known[field]}
    if not changed:
        return
    for field, value in changed.items():
        setattr(workspace, field, value)
    workspace.save(update_fields=[*changed, "updated"])
    changes = {field: {"from": _told(known[field]), "to": _told(value)} for field, value in changed.items()}
    _record("workspace.updated", workspace, actor, changes=changes)


def _told(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _delete_rows_of(workspace: Workspace) -> None:
    """Every table of a tenant by its key, in any order: foreign keys are checked at the end of the transaction.

    Django's own cascade would read each row first.
    """
    for model in apps.get_models():
        if issubclass(model, Owned) and issubclass(model, Listed):
            forget(model, workspace=workspace)
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


def _owns_all_of(account: Account, user: User) -> bool:
    membership = Membership.objects.filter(account=account, user=user, role__in=IMPLICIT_WORKSPACE_OWNERS)
    return account.user_id == user.id or membership.exists()


def _check_name(name: str) -> None:
    if not name.strip():
        raise ValidationError("A workspace needs a name.")


def _check_handle(account: Account, handle: str) -> None:
    handle_is_well_formed(handle)
    if len(handle) > HANDLE_LENGTH:
        raise ValidationError(f"A handle has at most {HANDLE_LENGTH} characters.")
    if Workspace.objects.filter(account=account, handle=handle).exists():
        raise ValidationError("This account has a workspace with this handle.", code="taken")


def _record(action: str, workspace: Workspace, actor: Actor, **detail: object) -> None:
    record_in(workspace, action, actor=actor, object_id=workspace.id, object_name=workspace.name, **detail)
