"""Create, change and delete an account's own workspace roles."""

from collections.abc import Collection
from types import EllipsisType

from django.db import transaction

from accounts.models import Account
from auditlog.actors import Actor
from core.db.unique import refuse_taken
from core.errors import Conflict, Invalid, Taken
from core.names import check_name
from orgs.models import Invitation
from orgs.models.plans import CUSTOM_ROLES
from orgs.plans import check_cap, require_feature
from orgs.services.audit import record_for
from orgs.services.locks import lock_account
from rbac.catalogue import with_included_scopes
from rbac.grants import apply_role_change, delete_holder_groups, lock_role, reassign_holders
from rbac.models import WorkspaceRole


@transaction.atomic
def create_role(
    account: Account,
    *,
    name: str,
    description: str = "",
    scopes: Collection[str] = (),
    inherits: WorkspaceRole | None = None,
    actor: Actor,
) -> WorkspaceRole:
    """Create a role with these scopes, all that they include, and those of the built-in role that it inherits.

    Raises `Invalid` if a scope is unknown, there is none, the inherited role is not built in, the name is not valid or
    taken, or the account has as many roles as it may have, and `Forbidden` if its plan has no custom roles.
    """
    lock_account(account.id)
    require_feature(account, CUSTOM_ROLES)
    check_cap(account, "roles", WorkspaceRole.objects.filter(account=account).count())
    role = WorkspaceRole(account=account, description=description)
    _fill(role, name, scopes, inherits)
    _save(role)
    record_for(
        account,
        "workspace-role.created",
        actor=actor,
        object_id=role.id,
        object_name=role.name,
        scopes=sorted(role.scopes),
        inherits=inherits.name if inherits else None,
    )
    return role


@transaction.atomic
def update_role(
    role: WorkspaceRole,
    *,
    name: str | None = None,
    description: str | None = None,
    scopes: Collection[str] | None = None,
    inherits: WorkspaceRole | EllipsisType | None = ...,
    actor: Actor,
) -> None:
    """Change a role, and with it the permissions of all its holders.

    `None` leaves a field unchanged; for `inherits`, pass `...` to leave it unchanged and `None` to clear it. Raises the
    errors of `create_role`, and `Conflict` if the role is built in or was deleted.
    """
    row = _lock_own_role(role)
    scopes_before, before = row.all_scopes, _audited_fields(row)
    _fill(
        row,
        row.name if name is None else name,
        row.scopes if scopes is None else scopes,
        row.inherits if isinstance(inherits, EllipsisType) else inherits,
    )
    row.description = row.description if description is None else description
    now = _audited_fields(row)
    if now == before:
        return
    require_feature(_account(row), CUSTOM_ROLES)
    _save(row)
    apply_role_change(row, before=scopes_before)
    role.refresh_from_db()
    record_for(
        _account(row),
        "workspace-role.updated",
        actor=actor,
        object_id=row.id,
        object_name=row.name,
        changes={field: {"from": before[field], "to": now[field]} for field in now if now[field] != before[field]},
    )


@transaction.atomic
def delete_role(role: WorkspaceRole, *, instead: WorkspaceRole | None = None, actor: Actor) -> None:
    """Delete a role. Its holders, and people who are invited with it, get the role `instead`.

    Raises `Conflict` if the role is in use and `instead` is None, or if it is built in or was deleted. Raises `Invalid`
    if `instead` is not another role of the account.
    """
    row = _lock_own_role(role)
    holders, invitations = row.grants.count(), Invitation.objects.filter(workspace_role=row)
    if instead is not None:
        if instead.id == row.id or not (instead.is_built_in or instead.account_id == row.account_id):
            raise Invalid("Choose another role of this account.")
        invitations.update(workspace_role=instead)
        reassign_holders(row, instead)
    elif holders or invitations.filter(status=Invitation.PENDING).exists():
        raise Conflict(f"The role {row.name} is in use. Choose a replacement for its holders.")
    else:
        invitations.update(workspace=None, workspace_role=None)
    record_for(
        _account(row),
        "workspace-role.deleted",
        actor=actor,
        object_id=row.id,
        object_name=row.name,
        scopes=sorted(row.scopes),
        instead=instead.name if instead else None,
        holders=holders,
    )
    delete_holder_groups(row)
    row.delete()


def _fill(role: WorkspaceRole, name: str, scopes: Collection[str], inherits: WorkspaceRole | None) -> None:
    """Validate the values and assign them to the role, without saving it."""
    if not name.strip():
        raise Invalid("A role needs a name.")
    if name != role.name:
        check_name(name.strip())
    try:
        own_scopes = with_included_scopes(scopes)
    except KeyError as error:
        raise Invalid(f"There is no scope {error.args[0]}.") from error
    if inherits is not None and not inherits.is_built_in:
        raise Invalid("A role can build on a built-in role only.")
    if not own_scopes and inherits is None:
        raise Invalid("A role needs at least one scope.")
    role.name, role.scopes, role.inherits = name.strip(), sorted(own_scopes), inherits


def _save(role: WorkspaceRole) -> None:
    if WorkspaceRole.objects.filter(account=None, name=role.name).exists():
        raise Taken("A built-in role has this name.")
    with refuse_taken("This account has a role with this name."):
        role.save()


def _lock_own_role(role: WorkspaceRole) -> WorkspaceRole:
    """Lock an account's own role, and return its current row. Raises `Conflict` if it is built in or was deleted."""
    if role.is_built_in:
        raise Conflict("A built-in role cannot be changed.")
    lock_account(_account(role).id)
    try:
        return lock_role(role)
    except WorkspaceRole.DoesNotExist as error:
        raise Conflict("This role was deleted.") from error


def _account(role: WorkspaceRole) -> Account:
    assert role.account is not None  # only built-in roles have none
    return role.account


def _audited_fields(role: WorkspaceRole) -> dict[str, object]:
    return {
        "name": role.name,
        "description": role.description,
        "scopes": sorted(role.scopes),
        "inherits": role.inherits.name if role.inherits else None,
    }
