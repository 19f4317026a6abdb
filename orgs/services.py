"""What can happen to an organization."""

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
    rows = Membership.objects.select_for_update().filter(account=account)
    membership = next((row for row in rows if row.user_id == user.id), None)
    if membership is None:
        raise ValidationError("A personal account belongs to its person and cannot be left.", code="conflict")
    if not any(row.role == permissions.OWNER and row.id != membership.id for row in rows):
        raise ValidationError("The last owner of an organization cannot leave it.", code="conflict")
    record(
        "account-membership.deleted",
        actor=actor,
        account_id=account.id,
        object_id=membership.id,
        object_name=user.email,
        role=membership.role,
    )
    membership.delete()


def check_may_leave_everything(user: User) -> None:
    """Raise ValidationError while an organization would be left without an owner."""
    owned = Membership.objects.filter(user=user, role=permissions.OWNER).values("account")
    others = Membership.objects.filter(role=permissions.OWNER).exclude(user=user).values("account")
    orphan = Account.objects.filter(id__in=owned).exclude(id__in=others).first()
    if orphan is not None:
        raise ValidationError(f"The organization {orphan.handle} would have no owner.", code="conflict")
