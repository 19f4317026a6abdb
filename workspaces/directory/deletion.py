"""Deleting people and organizations together with their workspaces."""

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import Account, User
from accounts.services.access import check_access_stands
from accounts.services.account_mail import queue_account_mail
from accounts.services.addresses import is_confirmed
from accounts.services.people import delete_user
from auditlog.actors import Actor
from core.db import tenants
from core.errors import Conflict
from orgs.models import Membership, Team
from orgs.services.audit import record_for
from orgs.services.locks import lock_person
from orgs.services.members import check_may_leave_everything, remove_member
from workspaces.directory.services import delete_workspace
from workspaces.models import Workspace


@transaction.atomic
def delete_person(user: User, *, actor: Actor) -> bool:
    """Delete the user with their memberships, sessions, keys, and personal account with its workspaces.

    A confirmed address gets a mail. Returns False if the user was deleted before. Raises `Conflict` if an organization
    would lose its last owner, and `Forbidden` if the actor lost access after the request was authenticated.
    """
    joined = Membership.objects.filter(user=user).values_list("account", flat=True)
    # The full lock keeps others from adding rows that refer to the user, such as a membership.
    if lock_person(user, also=joined) is None or not User.objects.select_for_update().filter(id=user.id):
        return False
    check_access_stands(actor)
    check_may_leave_everything(user)
    if is_confirmed(user):
        queue_account_mail("account_deleted", user.email, confirmed=True)
    for membership in Membership.objects.filter(user=user).order_by("account"):
        remove_member(membership, actor=actor)
    for account in Account.objects.filter(user=user):
        _delete_contents(account, actor)
    delete_user(user, actor=actor)
    return True


@transaction.atomic
def delete_organization(account: Account, *, actor: Actor) -> bool:
    """Delete an organization with its workspaces, members, teams, service accounts and roles.

    Returns False if it was deleted before. Raises `Conflict` for a personal account, which is deleted with its person.
    """
    row = Account.objects.select_for_update().filter(id=account.id).first()
    if row is None:
        return False
    if row.kind == Account.PERSONAL:
        raise Conflict("A personal account is deleted with its user.")
    record_for(row, "account.deleted", actor=actor, object_id=row.id, object_name=row.handle)
    _delete_contents(row, actor)
    row.delete()
    return True


def _delete_contents(account: Account, actor: Actor) -> None:
    """Delete what the database does not delete together with the account."""
    tenants.reach(account.id)
    for workspace in Workspace.objects.filter(account=account).select_related("account"):
        tenants.reach(workspace.id)  # its rows are hidden from a request that did not enter it
        delete_workspace(workspace, actor=actor)
    groups = list(Team.objects.filter(account=account).values_list("group", flat=True))
    Team.objects.filter(account=account).delete()
    Group.objects.filter(id__in=groups).delete()
