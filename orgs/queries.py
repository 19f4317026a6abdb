"""Which accounts somebody belongs to, and with what rights."""

from dataclasses import dataclass
from uuid import UUID

from accounts.models import Account, User
from orgs.models import Membership
from rbac import permissions


@dataclass(frozen=True, slots=True)
class Belonging:
    """A user in an account. One's personal account has no membership row; its own id stands for it."""

    account: Account
    role: str
    membership_id: UUID

    @property
    def permissions(self) -> frozenset[str]:
        return permissions.ROLES[self.role]


def accounts_of(user: User) -> list[Belonging]:
    """The personal account first, then the organizations by handle."""
    personal = [Belonging(account, permissions.OWNER, account.id) for account in Account.objects.filter(user=user)]
    memberships = Membership.objects.filter(user=user).select_related("account").order_by("account__handle")
    return personal + [Belonging(one.account, one.role, one.id) for one in memberships]


def belonging(user: User, account_id: UUID) -> Belonging | None:
    """The user's place in this account; None for a stranger's account and for none at all, alike."""
    return next((one for one in accounts_of(user) if one.account.id == account_id), None)
