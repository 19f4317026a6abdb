"""What joins accounts and workspaces: a person who leaves, and an organization that ends, take theirs along."""

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from accounts.models import Account, User
from accounts.services.people import delete_user
from auditlog.actors import Actor
from orgs.models import Membership, Team
from orgs.services.audit import record_for
from orgs.services.members import check_may_leave_everything, remove_member
from workspaces.models import Workspace
from workspaces.services import delete_workspace


@transaction.atomic
def delete_person(user: User, *, actor: Actor) -> None:
    """The user with memberships, keys, personal account and its workspaces. Raises ValidationError for a last owner."""
    mine = Q(user=user) | Q(id__in=Membership.objects.filter(user=user).values("account"))
    list(Account.objects.select_for_update(no_key=True).filter(mine).order_by("id").values_list("id"))
    check_may_leave_everything(user)
    for membership in Membership.objects.filter(user=user).order_by("account"):
        remove_member(membership, actor=actor)
    for account in Account.objects.filter(user=user):
        _empty(account, actor)
    delete_user(user, actor=actor)


@transaction.atomic
def delete_organization(account: Account, *, actor: Actor) -> bool:
    """With its workspaces, members, teams, service accounts and roles. False when it is gone already.

    Raises ValidationError for a personal account, which goes with its person.
    """
    row = Account.objects.select_for_update().filter(id=account.id).first()
    if row is None:
        return False
    if row.kind == Account.PERSONAL:
        raise ValidationError("A personal account goes with its person.", code="conflict")
    record_for(row, "account.deleted", actor=actor, object_id=row.id, object_name=row.handle)
    _empty(row, actor)
    row.delete()
    return True


def _empty(account: Account, actor: Actor) -> None:
    """Remove what an account's deletion would not take along by itself."""
    for workspace in Workspace.objects.filter(account=account).select_related("account"):
        delete_workspace(workspace, actor=actor)
    groups = list(Team.objects.filter(account=account).values_list("group", flat=True))
    Team.objects.filter(account=account).delete()
    Group.objects.filter(id__in=groups).delete()
