"""Creating, changing and deleting workspaces."""

from collections.abc import Mapping
from types import EllipsisType
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Account, User
from auditlog.actors import Actor
from core.db.unique import refuse_taken
from core.errors import Conflict, Invalid, NotFound
from core.names import check_name
from orgs.plans import check_cap
from orgs.queries import account_access
from orgs.services import invitations
from orgs.services.locks import lock_account
from rbac import builtin
from rbac.models import WorkspaceRole
from workspaces.access.default_roles import set_default_role
from workspaces.access.sharing import share_with
from workspaces.addresses import HANDLE_TAKEN, check_workspace_handle, forget_address, keep_address
from workspaces.audit import record_workspace
from workspaces.entry_rules import owns_every_workspace
from workspaces.models import Workspace
from workspaces.retention.holds import check_not_held
from workspaces.trash.services import check_trash_has_room, trash_workspace


@transaction.atomic
def create_workspace(
    account: Account,
    *,
    name: str,
    handle: str,
    description: str = "",
    owner: User | None = None,
    default_role: WorkspaceRole | None = None,
    actor: Actor,
) -> Workspace:
    """Create a workspace, and grant `default_role` to everyone in the organization.

    Grants the role Owner to `owner`, unless their account role includes it.

    Raises `Invalid` for an empty or invalid name, for an invalid handle and above the cap, and `Taken` for a handle
    that another workspace of the account has. Raises `NotFound` if the account was deleted meanwhile.
    """
    _check_name(name)
    lock_account(account.id)
    if not Account.objects.filter(id=account.id).exists():
        raise NotFound
    check_workspace_handle(account, handle)
    check_cap(account, "workspaces", Workspace.objects.filter(account=account).count())
    check_trash_has_room(account)
    with refuse_taken(HANDLE_TAKEN):
        workspace = Workspace.objects.create(account=account, name=name, handle=handle, description=description)
    record_workspace(workspace, "workspace.created", actor=actor, handle=workspace.full_handle)
    if owner is not None and not _owns_all_of(account, owner):
        share_with(workspace, owner, WorkspaceRole.objects.get(id=builtin.IDS[builtin.OWNER]), actor=actor)
    if default_role is not None:
        set_default_role(workspace, default_role, actor=actor)
    return workspace


@transaction.atomic
def update_workspace(
    workspace: Workspace,
    *,
    actor: Actor,
    name: str | None = None,
    handle: str | None = None,
    description: str | None = None,
    default_role: WorkspaceRole | EllipsisType | None = ...,
    granter_scopes: frozenset[str] | None = None,
) -> None:
    """Change the given fields, all or none.

    `None` leaves a field unchanged. For `default_role`, pass `...` to leave it unchanged and `None` to clear it;
    `granter_scopes` limits it as in `set_default_role`.

    Raises the errors of `create_workspace` and `set_default_role`, and `Conflict` if the workspace was deleted.
    """
    row = _lock(workspace)
    if name is not None and name != row.name:
        _check_name(name)
    if handle is not None and handle != row.handle:
        check_workspace_handle(workspace.account, handle, besides=workspace.id)
    new = {"name": name, "handle": handle, "description": description}
    with refuse_taken(HANDLE_TAKEN):
        _change(workspace, row, {field: value for field, value in new.items() if value is not None}, actor)
    if not isinstance(default_role, EllipsisType):
        set_default_role(workspace, default_role, granter_scopes=granter_scopes, actor=actor)


@transaction.atomic
def update_settings(workspace: Workspace, new: Mapping[str, Any], *, actor: Actor) -> None:
    """Change where results are stored: `inherit_default_result_storage` and `default_result_storage_block_id`."""
    _change(workspace, _lock(workspace), new, actor)


@transaction.atomic
def delete_workspace(workspace: Workspace, *, actor: Actor) -> bool:
    """Move a workspace with everything in it to the trash. Returns False if it was deleted before.

    It is unreachable at once, and removed in the background when the time to restore it has passed. Invitations to it
    become invitations to its organization alone. Raises `Conflict` if the workspace is on legal hold.
    """
    lock_account(workspace.account_id)
    rows = Workspace.objects.select_for_update(no_key=True).filter(id=workspace.id, account=workspace.account_id)
    if rows.first() is None:
        return False
    check_not_held(workspace)
    record_workspace(workspace, "workspace.deleted", actor=actor, handle=workspace.full_handle)
    invitations.detach_from_workspace(workspace)
    trash_workspace(workspace, actor=actor)
    return True


def _lock(workspace: Workspace) -> Workspace:
    """Lock a workspace and return it as it is now. Raises `Conflict` if it is gone or has another owner."""
    lock_account(workspace.account_id)
    row = Workspace.objects.select_for_update(no_key=True).filter(id=workspace.id, account=workspace.account_id).first()
    if row is None:
        raise Conflict("This workspace was deleted or transferred.")
    return row


def _change(workspace: Workspace, row: Workspace, new: Mapping[str, Any], actor: Actor) -> None:
    """Save the fields that differ from the locked row, and record the changes in the audit log."""
    old = {field: getattr(row, field) for field in new}
    changed = {field: value for field, value in new.items() if value != old[field]}
    if not changed:
        return
    if "handle" in changed:
        keep_address(row)
    for field, value in changed.items():
        setattr(workspace, field, value)
    if "handle" in changed:
        forget_address(workspace)
    workspace.save(update_fields=[*changed, "updated"])
    changes = {field: {"from": _json_value(old[field]), "to": _json_value(value)} for field, value in changed.items()}
    record_workspace(workspace, "workspace.updated", actor=actor, changes=changes)


def _json_value(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _owns_all_of(account: Account, user: User) -> bool:
    access = account_access(user, account.id)
    return access is not None and owns_every_workspace(access.role)


def _check_name(name: str) -> None:
    if not name.strip():
        raise Invalid("A workspace needs a name.")
    check_name(name)
