"""What the reader of a member's row or page may change there, and why not."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from accounts.models import Account
from orgs.models import Membership
from orgs.pages import AccountRequest
from rbac import permissions

_LAST_OWNER = "The only owner: make somebody else an owner first."
OFFERED = (permissions.OWNER, permissions.ADMIN, permissions.MEMBER)


@dataclass(frozen=True, slots=True)
class Change:
    """`roles`: those that may be given, empty when none may; `remove`: whether the reader's role ever can.

    `reason`: why the present state forbids what the reader's role could do.
    """

    roles: tuple[str, ...] = ()
    suspend: bool = False
    remove: bool = False
    reason: str = ""


def changes_of(request: AccountRequest) -> Callable[[Membership], Change]:
    """Answers for each member of the account what the reader may change: at most one query for all of them."""
    mine, account = request.mine, request.account
    may_change, may_remove = mine.may("update:account_membership"), mine.may("delete:account_membership")
    owners = cache(lambda: list(Membership.objects.owners_of(account.id).values_list("user", flat=True)[:2]))
    within = {role for role, held in permissions.ROLES.items() if held <= mine.permissions}

    def change(one: Membership) -> Change:
        if one.role not in within or not (may_change or may_remove):
            return Change()
        if one.role == permissions.OWNER and owners() == [one.user_id] and account.kind == Account.ORGANIZATION:
            return Change(remove=may_remove, suspend=may_change, reason=_LAST_OWNER)
        offered = tuple(role for role in OFFERED if role in within)
        roles = offered if may_change and account.kind == Account.ORGANIZATION else ()
        return Change(roles, suspend=may_change, remove=may_remove)

    return change
