"""What an accepted invitation gives: a confirmed address, a membership, teams, a role in a workspace."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from accounts.models import User
from auditlog.actors import Actor
from auditlog.services import record
from orgs.models import Invitation, Membership
from orgs.queries import belonging
from orgs.services.invitation_rows import needed, record_invitation
from orgs.services.members import add_member, change_role
from orgs.services.teams import add_to_team
from rbac import permissions, scopes
from rbac.models import Grant
from workspaces.scoping import enter
from workspaces.sharing import share_with


def has_confirmed(user: User) -> bool:
    """Whether the person has shown to read the mail of the address."""
    return bool(EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists())


def confirm_address(user: User) -> None:
    """Whoever has a mailed token reads the mail of the address."""
    address, made = EmailAddress.objects.get_or_create(
        user=user, email=user.email.lower(), defaults={"primary": True, "verified": True}
    )
    if made or (not address.verified and address.set_verified()):
        record(
            "user.email-confirmed",
            actor=user.as_actor(),
            account_id=user.personal_account_id,
            object_id=user.id,
            object_name=user.email,
            email=user.email,
        )


def still_backed(invitation: Invitation) -> bool:
    """Whether the person behind the invitation could send it now; the caller holds it.

    That is an active member, or the person of a personal account, with the rights of what it gives. For one whose
    sender is deleted nobody answers.
    """
    sender = invitation.invited_by
    mine = belonging(sender, invitation.account_id) if sender is not None and sender.is_active else None
    if sender is None or mine is None or not mine.may(needed(invitation)):
        return False
    if not permissions.ROLES[invitation.role] <= mine.permissions:
        return False
    if invitation.workspace is None or invitation.workspace_role is None:
        return True
    access = enter(sender, invitation.workspace.id, invitation.account_id)
    wanted = invitation.workspace_role.all_scopes | {scopes.MANAGE_WORKSPACE_USERS}
    return access is not None and wanted <= access.scopes


def join(invitation: Invitation, user: User) -> Invitation:
    """Enter what is left of what the invitation is for; the caller holds it."""
    actor = user.as_actor()
    _become_member(invitation, user, actor)
    for team in invitation.teams.filter(account=invitation.account_id, everyone=False).order_by("id"):
        try:
            add_to_team(team, [user], actor=actor)
        except ValidationError:
            continue  # deleted a moment ago: the rest is joined
    workspace, role = invitation.workspace, invitation.workspace_role
    if workspace is not None and role is not None and workspace.account_id == invitation.account_id:
        known = Grant.objects.filter(workspace=workspace, user=user).select_related("role__inherits").first()
        if known is None or not role.all_scopes <= known.role.all_scopes:
            share_with(workspace, user, role, actor=actor)
    close(invitation, Invitation.ACCEPTED)
    record_invitation("accepted", invitation, actor, user_id=str(user.id))
    return invitation


def close(invitation: Invitation, status: str) -> None:
    invitation.status = status
    invitation.save(update_fields=["status", "updated"])


def _become_member(invitation: Invitation, user: User, actor: Actor) -> None:
    """A member keeps a higher role; one who is suspended stays so."""
    membership = Membership.objects.filter(account=invitation.account, user=user).first()
    if membership is None:
        add_member(invitation.account, user=user, role=invitation.role, actor=actor)
        return
    if not membership.active:
        raise ValidationError(f"Your membership in {invitation.account.handle} is suspended.", code="conflict")
    if permissions.ROLES[invitation.role] > permissions.ROLES[membership.role]:
        change_role(membership, invitation.role, actor=actor)
