"""What can happen to an organization."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Account, User
from accounts.services.people import check_handle
from auditlog.actors import Actor
from auditlog.services import record
from orgs.models import Membership
from rbac import permissions


@transaction.atomic
def found_organization(*, name: str, handle: str, founder: User, actor: Actor) -> Account:
    """An organization with its founder as owner. Raises ValidationError for a bad or taken handle."""
    check_handle(handle)
    account = Account.objects.create(kind=Account.ORGANIZATION, name=name, handle=handle)
    record("account.created", actor=actor, account_id=account.id, object_id=account.id, object_name=handle)
    add_member(account, user=founder, role=permissions.OWNER, actor=actor)
    return account


@transaction.atomic
def add_member(account: Account, *, user: User, role: str, actor: Actor) -> Membership:
    membership = Membership.objects.create(account=account, user=user, role=role)
    record(
        "account-membership.created",
        actor=actor,
        account_id=account.id,
        object_id=membership.id,
        object_name=user.email,
        role=role,
    )
    return membership


@transaction.atomic
def leave_account(account: Account, *, user: User, actor: Actor) -> None:
    """Give up one's membership. Raises ValidationError for the last owner and for a personal account."""
    keep_an_owner([account.id], without=user)
    membership = Membership.objects.filter(account=account, user=user).first()
    if membership is None:
        raise ValidationError("A personal account belongs to its person and cannot be left.", code="conflict")
    record(
        "account-membership.deleted",
        actor=actor,
        account_id=account.id,
        object_id=membership.id,
        object_name=user.email,
        role=membership.role,
    )
    membership.delete()


def keep_an_owner(accounts: Iterable[UUID], *, without: User) -> None:
    """Raise ValidationError when one of the organizations would have no owner without this user.

    Holds the accounts until the transaction ends: two owners who leave at once come one after the other.
    """
    held = Account.objects.select_for_update(no_key=True).filter(id__in=accounts, kind=Account.ORGANIZATION)
    for account in list(held.order_by("id")):
        owners = Membership.objects.filter(account=account, role=permissions.OWNER)
        if not owners.exclude(user=without).exists() and owners.exists():
            raise ValidationError(f"The organization {account.handle} would have no owner.", code="conflict")


def check_may_leave_everything(user: User) -> None:
    """Raise ValidationError while an organization would be left without an owner; in the transaction of the leaving."""
    mine = Membership.objects.filter(user=user)  # all: who is a member now may become the owner meanwhile
    keep_an_owner(list(mine.values_list("account_id", flat=True)), without=user)
