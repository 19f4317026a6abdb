"""Locks on rows. To avoid deadlocks, lock in this order: account, workspace, role, memberships, users."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from accounts.models import Account, User


def lock_account(account_id: UUID) -> None:
    """Lock an account until the transaction ends, so that its members, teams, roles and grants change one at a time."""
    list(Account.objects.select_for_update(no_key=True).filter(id=account_id).values_list("id"))


def lock_person(user: User, *, also: Iterable[UUID] = ()) -> User | None:
    """Lock the person's account, the accounts of invitations that they sent, those in `also`, and then the person.

    Return the person's current row, or None if it was deleted.
    """
    sent = Q(invitations__invited_by=user.id, invitations__status="PENDING")
    ids = Account.objects.filter(Q(user=user.id) | Q(id__in=list(also)) | sent).values("id")
    list(Account.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id").values_list("id"))
    return User.objects.select_for_update(no_key=True).filter(id=user.id).first()
