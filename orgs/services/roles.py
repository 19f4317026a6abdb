"""An account's own workspace roles: made, changed with all who hold them, deleted."""

from collections.abc import Collection
from types import EllipsisType

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Account
from auditlog.actors import Actor
from orgs.models import Invitation
from orgs.services.audit import record_for
from orgs.services.locks import hold_account
from rbac.catalogue import expanded
from rbac.grants import forget_role, hold, reassign, role_changed
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
    """Its own scopes, with what they bring along, and those of a built-in role.

    Raises ValidationError for an unknown scope, a role without any, a base that is not built in, and a name in use.
    """
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
    """Change a role and what all its holders may do, in one step. Raises ValidationError as `create_role`.

    None leaves a field as it is; of `inherits`, where it means none, the ellipsis does.
    """
    row = _own(role)
    before, told = row.all_scopes, _told(row)
    _fill(
        row,
        row.name if name is None else name,
        row.scopes if scopes is None else scopes,
        row.inherits if isinstance(inherits, EllipsisType) else inherits,
    )
    row.description = row.description if description is None else description
    now = _told(row)
    if now == told:
        return
    _save(row)
    role_changed(row, before=before)
    role.refresh_from_db()
    record_for(
        _account(row),
        "workspace-role.updated",
        actor=actor,
        object_id=row.id,
        object_name=row.name,
        changes={field: {"from": told[field], "to": now[field]} for field in now if now[field] != told[field]},
    )


@transaction.atomic
def delete_role(role: WorkspaceRole, *, instead: WorkspaceRole | None = None, actor: Actor) -> None:
    """Its holders and who is invited to it get `instead`. Raises ValidationError for a role in use without one."""
    row = _own(role)
    held, invited = row.grants.count(), Invitation.objects.filter(workspace_role=row)
    if instead is not None:
        if instead.id == row.id or not (instead.is_built_in or instead.account_id == row.account_id):
            raise ValidationError("Choose another role of this account.")
        invited.update(workspace_role=instead)
        reassign(row, instead)
    elif held or invited.filter(status=Invitation.PENDING).exists():
        raise ValidationError(
            f"The role {row.name} is in use: choose the role that its holders get instead.", code="conflict"
        )
    else:
        invited.update(workspace=None, workspace_role=None)
    record_for(
        _account(row),
        "workspace-role.deleted",
        actor=actor,
        object_id=row.id,
        object_name=row.name,
        scopes=sorted(row.scopes),
        instead=instead.name if instead else None,
        holders=held,
    )
    forget_role(row)
    row.delete()


def _fill(role: WorkspaceRole, name: str, scopes: Collection[str], inherits: WorkspaceRole | None) -> None:
    if not name.strip():
        raise ValidationError("A role needs a name.")
    if len(name) > 200:
        raise ValidationError("A role's name has at most 200 characters.")
    try:
        own = expanded(scopes)
    except KeyError as error:
        raise ValidationError(f"There is no scope {error.args[0]}.") from error
    if inherits is not None and not inherits.is_built_in:
        raise ValidationError("A role can build on a built-in role only.")
    if not own and inherits is None:
        raise ValidationError("A role needs at least one scope.")
    role.name, role.scopes, role.inherits = name.strip(), sorted(own), inherits


def _save(role: WorkspaceRole) -> None:
    if WorkspaceRole.objects.filter(account=None, name=role.name).exists():
        raise ValidationError("A built-in role has this name.", code="taken")
    try:
        with transaction.atomic():
            role.save()
    except IntegrityError as error:
        raise ValidationError("This account has a role with this name.", code="taken") from error


def _own(role: WorkspaceRole) -> WorkspaceRole:
    """The role, held for this transaction. Raises ValidationError for a built-in one and for one that is gone."""
    if role.is_built_in:
        raise ValidationError("A built-in role cannot be changed.", code="conflict")
    hold_account(_account(role).id)
    try:
        return hold(role)
    except WorkspaceRole.DoesNotExist as error:
        raise ValidationError("This role is gone.", code="conflict") from error


def _account(role: WorkspaceRole) -> Account:
    assert role.account is not None  # built-in ones are refused before
    return role.account


def _told(role: WorkspaceRole) -> dict[str, object]:
    return {
        "name": role.name,
        "description": role.description,
        "scopes": sorted(role.scopes),
        "inherits": role.inherits.name if role.inherits else None,
    }
