"""Apply an accepted invitation: grant the membership, the teams and the role in a workspace that it offers."""

from accounts.models import User
from accounts.services.addresses import Unconfirmed, check_confirmed
from auditlog.actors import Actor
from core.caps import LimitReached
from core.errors import Conflict, Invalid
from orgs.models import Invitation, Membership
from orgs.plans import FeatureOff
from orgs.queries import account_access
from orgs.services.invitation_endings import end_invitations_of_member, record_invitation
from orgs.services.invitation_rows import required_permission
from orgs.services.members import add_member, change_role
from orgs.services.teams import add_to_team
from rbac import permissions, scopes
from workspaces.access.sharing import direct_role, share_with
from workspaces.scoping import enter

_NO_PLACE = "{} has no place for another person at the moment. Ask the sender of the invitation."


def sender_may_invite(invitation: Invitation) -> bool:
    """Return whether the sender could send the invitation now. The caller has locked the invitation.

    The sender needs a confirmed address, the permission to invite, and all rights that the invitation grants. Returns
    False if the sender was deleted or suspended.
    """
    sender = invitation.invited_by
    if sender is None or not sender.is_active:
        return False
    return _may_invite_to_account(sender, invitation) and _may_invite_to_workspace(sender, invitation)


def apply_invitation(invitation: Invitation, user: User) -> Invitation:
    """Grant the user what the invitation offers, and mark it as accepted.

    The user keeps a role that includes the offered one. Leaves out teams that were deleted and a workspace that has
    moved to another account. The user's other pending invitations to the organization end. Raises `Conflict` if their
    membership is suspended, or the account has no place for them. The caller has locked the invitation and called
    `sender_may_invite`.
    """
    actor = user.as_actor()
    close_invitation(invitation, Invitation.ACCEPTED)  # first, as joining ends the other pending invitations
    _join_account(invitation, user, actor)
    for team in invitation.teams.filter(account=invitation.account_id, everyone=False).order_by("id"):
        try:
            add_to_team(team, [user], actor=actor)
        except (Invalid, FeatureOff):
            # The team was deleted a moment ago, the plan has no teams any more, or the user is a collaborator.
            continue
    _share_workspace(invitation, user, actor)
    record_invitation("accepted", invitation, actor, user_id=str(user.id))
    return invitation


def close_invitation(invitation: Invitation, status: str) -> None:
    """Set the final status of the invitation."""
    invitation.status = status
    invitation.save(update_fields=["status", "updated"])


def _may_invite_to_account(sender: User, invitation: Invitation) -> bool:
    access = account_access(sender, invitation.account_id)
    if access is None or not access.may(required_permission(invitation)):
        return False
    try:
        check_confirmed(sender.as_actor(), access.account)
    except Unconfirmed:
        return False
    return permissions.ROLES[invitation.role] <= access.permissions


def _may_invite_to_workspace(sender: User, invitation: Invitation) -> bool:
    """Return whether the sender may grant the offered role in the workspace. True if no workspace is offered."""
    if invitation.workspace is None or invitation.workspace_role is None:
        return True
    access = enter(sender, invitation.workspace.id, invitation.account_id)
    needed_scopes = invitation.workspace_role.all_scopes | {scopes.MANAGE_WORKSPACE_USERS}
    return access is not None and needed_scopes <= access.scopes


def _join_account(invitation: Invitation, user: User, actor: Actor) -> None:
    """Add the user to the account, or change their account role if the offered one has all its permissions and more."""
    membership = Membership.objects.filter(account=invitation.account, user=user).first()
    if membership is None:
        try:
            add_member(invitation.account, user=user, role=invitation.role, actor=actor)
        except LimitReached as error:  # whose message has the account's numbers, for its admins
            raise Conflict(_NO_PLACE.format(invitation.account.name)) from error
        return
    if not membership.active:
        raise Conflict(f"Your membership in {invitation.account.handle} is suspended.")
    offered, current = permissions.ROLES[invitation.role], permissions.ROLES[membership.role]
    if offered > current:
        change_role(membership, invitation.role, actor=actor)
    end_invitations_of_member(invitation.account, user, actor=actor)


def _share_workspace(invitation: Invitation, user: User, actor: Actor) -> None:
    """Grant the offered role in the workspace, unless the user's direct role there has all its scopes."""
    workspace, role = invitation.workspace, invitation.workspace_role
    if workspace is None or role is None or workspace.account_id != invitation.account_id:
        return
    current = direct_role(workspace, user)
    if current is None or not role.all_scopes <= current.all_scopes:
        share_with(workspace, user, role, actor=actor)
