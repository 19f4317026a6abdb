"""Deleting people and organizations together with their workspaces."""

from django.db import transaction

from accounts.models import Account, User
from accounts.services.access import check_access_stands
from accounts.services.account_mail import queue_account_mail
from accounts.services.addresses import is_confirmed
from accounts.services.people import delete_user
from auditlog.actors import Actor
from core.db import tenants
from core.errors import Conflict
from orgs.models import Membership
from orgs.services.audit import record_for
from orgs.services.locks import lock_person
from orgs.services.members import check_may_leave_everything, remove_member
from workspaces.audit import record_workspace
from workspaces.models import Workspace
from workspaces.retention.holds import check_none_held
from workspaces.trash.removal import delete_teams
from workspaces.trash.services import discard_personal_account, trash_organization


@transaction.atomic
def delete_person(user: User, *, actor: Actor) -> bool:
    """Delete the user with their memberships, sessions, keys, and personal account with its workspaces.

    The workspaces cannot be restored. They are unreachable at once and removed in the background. A confirmed address
    gets a mail. Returns False if the user was deleted before. Raises `Conflict` if an organization would lose its last
    owner, and `Forbidden` if the actor lost access after the request was authenticated.
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
        _leave_workspaces_behind(user, account, actor)
    delete_user(user, actor=actor)
    return True


@transaction.atomic
def delete_organization(account: Account, *, actor: Actor) -> bool:
    """Move an organization with its workspaces to the trash, where its owners can restore it.

    Nobody reaches it any more, and the keys of its service accounts stop. Returns False if it was deleted before.
    Raises `Conflict` for a personal account, which is deleted with its person, and if a workspace is on legal hold.
    """
    row = Account.objects.select_for_update(no_key=True).filter(id=account.id).first()
    if row is None:
        return False
    if row.kind == Account.PERSONAL:
        raise Conflict("A personal account is deleted with its user.")
    record_for(row, "account.deleted", actor=actor, object_id=row.id, object_name=row.handle)
    tenants.reach(row.id)
    _check_holds(row)
    _record_workspaces(row, actor)
    trash_organization(row, actor=actor)
    return True


def _leave_workspaces_behind(user: User, account: Account, actor: Actor) -> None:
    """Separate the workspaces of a personal account from its person. An account without workspaces goes with them."""
    tenants.reach(account.id)
    if not Workspace.with_trashed.filter(account=account).exists():
        delete_teams(account)
        return
    _check_holds(account)
    _record_workspaces(account, actor)
    user.personal_account = account  # keeps the handle for the audit entry of the person's deletion
    discard_personal_account(account, actor=actor)


def _check_holds(account: Account) -> None:
    # Rows of workspaces are hidden from a request that has not entered them.
    tenants.reach(*Workspace.with_trashed.filter(account=account).values_list("id", flat=True))
    check_none_held(account)


def _record_workspaces(account: Account, actor: Actor) -> None:
    for workspace in Workspace.objects.filter(account=account).select_related("account"):
        record_workspace(workspace, "workspace.deleted", actor=actor, handle=workspace.full_handle)
