"""The workspace roles that somebody may grant: those that hold no more scopes than they have themselves."""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import Account
from core.errors import Invalid
from rbac import builtin
from rbac.models import WorkspaceRole

MOST_ROLES = 200
NO_SUCH_ROLE = "There is no such role in this account."


def role_choices(account: Account, granter_scopes: frozenset[str] | None = None) -> list[WorkspaceRole]:
    """Return the roles usable in an account, built-in ones first, then by name.

    `granter_scopes` leaves out the roles that hold more than these scopes.
    """
    usable = WorkspaceRole.objects.usable_in(account).select_related("inherits")
    roles = list(usable.in_order()[:MOST_ROLES])
    return roles if granter_scopes is None else grantable(roles, granter_scopes)


def grantable(roles: Iterable[WorkspaceRole], granter_scopes: frozenset[str]) -> list[WorkspaceRole]:
    """Return those of the roles that hold no more than these scopes."""
    return [role for role in roles if role.holds_at_most(granter_scopes)]


def usable_role(account: Account, role_id: UUID | None, otherwise: str = NO_SUCH_ROLE) -> WorkspaceRole:
    """Return the built-in role, or the account's own, with this id. Raises `Invalid` with the text `otherwise`."""
    usable = WorkspaceRole.objects.usable_in(account).select_related("inherits")
    role = usable.filter(id=role_id).first() if role_id else None
    if role is None:
        raise Invalid(otherwise)
    return role


def check_usable(role: WorkspaceRole, account_id: UUID) -> None:
    """Raise `Invalid` if the role belongs to another account."""
    if not role.is_built_in and role.account_id != account_id:
        raise Invalid(NO_SUCH_ROLE)


def is_owner_role(role: WorkspaceRole) -> bool:
    """Return whether the role holds all scopes, as the built-in Owner does. Pages ask before they grant it."""
    return role.all_scopes >= builtin.SCOPES[builtin.OWNER]
