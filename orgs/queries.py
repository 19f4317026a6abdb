"""Which accounts somebody belongs to, and with what rights."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, FilteredRelation, Q, QuerySet

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

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def accounts_of(user: User) -> list[Belonging]:
    """The personal account first, then those one is an active member of, by handle."""
    mine = [_belonging(account, user) for account in _accounts(user).order_by("handle")]
    return sorted(mine, key=lambda one: one.account.user_id != user.id)


def belonging(user: User, account_id: UUID) -> Belonging | None:
    """The user's place in this account; None for a stranger's account and for none at all, alike."""
    account = _accounts(user).filter(id=account_id).first()
    return _belonging(account, user) if account else None


def is_only_owner(mine: Belonging, user: User) -> bool:
    """Whether the organization would have no owner without them."""
    others = Membership.objects.owners_of(mine.account.id).exclude(user=user)
    return mine.role == permissions.OWNER and not others.exists()


def _accounts(user: User) -> QuerySet[Account]:
    active = Q(memberships__user=user.id, memberships__active=True)
    rows = Account.objects.annotate(mine=FilteredRelation("memberships", condition=active))
    return rows.filter(Q(user=user.id) | Q(mine__isnull=False)).annotate(
        my_role=F("mine__role"), my_membership=F("mine__id")
    )


def _belonging(account: Account, user: User) -> Belonging:
    if account.user_id == user.id:
        return Belonging(account, permissions.OWNER, account.id)
    return Belonging(account, account.my_role, account.my_membership)  # type: ignore[attr-defined]  # annotated above
