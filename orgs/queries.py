"""The accounts that a user or service account belongs to, and their permissions there."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from accounts.models import Account, User
from orgs.models import Membership
from rbac import permissions


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """An account that a user or service account belongs to, and their account role.

    The person of a personal account has no membership. The account's id stands for the id of the membership.
    """

    account: Account
    role: str
    membership_id: UUID

    @property
    def permissions(self) -> frozenset[str]:
        return permissions.ROLES[self.role]

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def accounts_of(user: User) -> list[AccountAccess]:
    """Return the accounts that a user belongs to: the personal account first, then the others by handle."""
    accounts = [_account_access(account, user) for account in _accounts(user).order_by("handle")]
    return sorted(accounts, key=lambda access: access.account.user_id != user.id)


def account_access(user: User, account_id: UUID) -> AccountAccess | None:
    """Return the user's access to an account, or None if it does not exist or they do not belong to it."""
    account = _accounts(user).filter(id=account_id).first()
    return _account_access(account, user) if account else None


def roles_in_accounts(pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], str]:
    """Return the account roles of users by (user, account), for those of the pairs that have one.

    Makes two queries. The person of a personal account has the role Owner.
    """
    users, accounts = {user for user, _ in pairs}, {account for _, account in pairs}
    members = Membership.objects.filter(user__in=users, account__in=accounts, account__trashed_at=None, active=True)
    people = Account.objects.filter(user__in=users, id__in=accounts)
    roles = {(user, account): role for user, account, role in members.values_list("user", "account", "role")}
    return roles | dict.fromkeys(people.values_list("user", "id"), permissions.OWNER)


def restricted_accounts(user: User) -> QuerySet[Account]:
    """Return the user's accounts that restrict networks or the age of a sign-in."""
    return _accounts(user).exclude(enforced_networks=[], auth_expiration_seconds=None)


def solely_owned(user: User) -> QuerySet[Account]:
    """Return the organizations that would have no active owner without this user."""
    others = Membership.objects.owners_of(OuterRef("account")).exclude(user=user)
    owned = Membership.objects.filter(
        user=user, role=permissions.OWNER, active=True, account__kind=Account.ORGANIZATION
    )
    return Account.objects.filter(id__in=owned.filter(~Exists(others)).values("account"))


def _accounts(user: User) -> QuerySet[Account]:
    active = Q(memberships__user=user.id, memberships__active=True)
    rows = Account.objects.annotate(active_membership=FilteredRelation("memberships", condition=active))
    return rows.filter(Q(user=user.id) | Q(active_membership__isnull=False)).annotate(
        my_role=F("active_membership__role"), my_membership=F("active_membership__id")
    )


def _account_access(account: Account, user: User) -> AccountAccess:
    if account.user_id == user.id:
        return AccountAccess(account, permissions.OWNER, account.id)
    return AccountAccess(account, account.my_role, account.my_membership)  # type: ignore[attr-defined]  # annotated above
