"""Which changes to a member the reader of a page may make."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from accounts.models import Account
from orgs.models import Membership
from orgs.pages import AccountRequest
from rbac import permissions

_LAST_OWNER = "The only owner. Make somebody else an owner first."
OFFERED = (permissions.OWNER, permissions.ADMIN, permissions.MEMBER)


@dataclass(frozen=True, slots=True)
class AllowedChanges:
    """The changes to one member that the reader may make.

    `roles` are the account roles that may be granted; it is empty if the role cannot change. `suspend` and `remove`
    follow from the reader's role. `reason` says why something that this role allows is not possible now.
    """

    roles: tuple[str, ...] = ()
    suspend: bool = False
    remove: bool = False
    reason: str = ""


def allowed_changes(request: AccountRequest) -> Callable[[Membership], AllowedChanges]:
    """Return a function that says what the reader may change about a member. At most one query for all members."""
    access, account = request.account_access, request.account
    may_change = access.may(permissions.UPDATE_ACCOUNT_MEMBERSHIP)
    may_remove = access.may(permissions.DELETE_ACCOUNT_MEMBERSHIP)
    owners = cache(lambda: list(Membership.objects.owners_of(account.id).values_list("user", flat=True)[:2]))
    grantable = {role for role, held in permissions.ROLES.items() if held <= access.permissions}

    def changes(membership: Membership) -> AllowedChanges:
        if membership.role not in grantable or not (may_change or may_remove):
            return AllowedChanges()
        organization = account.kind == Account.ORGANIZATION
        if membership.role == permissions.OWNER and owners() == [membership.user_id] and organization:
            return AllowedChanges(remove=may_remove, suspend=may_change, reason=_LAST_OWNER)
        roles = tuple(role for role in OFFERED if role in grantable) if may_change and organization else ()
        return AllowedChanges(roles, suspend=may_change, remove=may_remove)

    return changes
