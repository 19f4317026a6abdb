"""What can happen to an organization."""

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
