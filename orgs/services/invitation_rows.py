"""Lock, check and renew rows of invitations, for the services in `invitations`."""

from contextlib import suppress
from datetime import timedelta

from django.utils import timezone

from accounts.models import Account
from auditlog.actors import Actor
from core.errors import Conflict
from orgs.models import Invitation
from orgs.services.invitation_tokens import new_token
from orgs.services.invitees import check_scopes
from orgs.services.members import check_granter
from rbac import permissions
from rbac.grants import lock_role
from rbac.models import WorkspaceRole

LIFETIME = timedelta(days=7)
RESEND_INTERVAL = timedelta(minutes=1)
GONE = "This invitation no longer exists. A newer one may have replaced it."


def renew_token(row: Invitation, *, mailed: bool) -> str:
    """Replace the token, so that earlier links stop working, and restart the lifetime. Return the new token."""
    token, row.digest = new_token()
    row.mailed, row.expires_at = mailed, timezone.now() + LIFETIME
    row.save(update_fields=["digest", "mailed", "sent_at", "expires_at", "updated"])
    return token


def required_permission(row: Invitation) -> str:
    """Return the account permission that is needed to send the invitation."""
    return permissions.CREATE_WORKSPACE_INVITATION if row.workspace_id else permissions.CREATE_INVITATION


def make_actor_inviter(row: Invitation, actor: Actor, granter_scopes: frozenset[str] | None) -> None:
    """Make the actor the inviter if they could have sent the invitation themselves.

    The invitation is valid only while its inviter may send it. `granter_scopes` are what the actor was checked for.
    """
    if actor.id is not None and granter_scopes is not None and required_permission(row) in granter_scopes:
        Invitation.objects.filter(id=row.id).update(invited_by=actor.id)
        row.refresh_from_db(fields=["invited_by"])


def lock_invitation(invitation: Invitation) -> Invitation:
    """Lock an invitation, and its account, workspace and role, until the transaction ends. Return its current row.

    Locks rows in the same order as the deletion of a workspace or a role does. Raises `Conflict` if the invitation was
    deleted.
    """
    list(Account.objects.select_for_update(no_key=True).filter(id=invitation.account_id).values_list("id"))
    if invitation.workspace is not None:
        workspaces = type(invitation.workspace).objects.select_for_update(no_key=True)
        list(workspaces.filter(id=invitation.workspace.id).values_list("id"))
    if invitation.workspace_role is not None:
        with suppress(WorkspaceRole.DoesNotExist):  # just deleted: the row below has the role that replaced it
            lock_role(invitation.workspace_role)
    rows = Invitation.objects.select_for_update(of=("self",)).filter(id=invitation.id)
    row = rows.select_related("account", "invited_by", "workspace__account", "workspace_role__inherits").first()
    if row is None:
        raise Conflict(GONE)
    return row


def check_not_sent_recently(row: Invitation) -> None:
    """Raise `Conflict` if the invitation was mailed less than a minute ago."""
    if row.sent_at > timezone.now() - RESEND_INTERVAL:
        raise Conflict(f"{row.email} was sent a link less than a minute ago. Try again later.")


def lock_pending_invitation(invitation: Invitation, granter_scopes: frozenset[str] | None) -> Invitation:
    """Lock an invitation as `lock_invitation` does.

    Raises `Conflict` if it is not pending, and `Forbidden` if it gives more than `granter_scopes`.
    """
    row = lock_invitation(invitation)
    check_pending(row)
    check_granter_rights(row, granter_scopes)
    return row


def check_pending(row: Invitation) -> None:
    """Raise `Conflict` if the invitation was accepted, declined or revoked, or has ended."""
    if row.joined_otherwise:
        raise Conflict("This invitation ended when the invited person joined in another way.")
    if row.status != Invitation.PENDING:
        raise Conflict(f"This invitation is already {row.get_status_display()}.")


def check_granter_rights(row: Invitation, granter_scopes: frozenset[str] | None) -> None:
    """Raise `Forbidden` if the invitation's roles hold more than `granter_scopes`: the caller may not give them."""
    check_granter(granter_scopes, row.role)
    check_scopes(granter_scopes, row.workspace_role)


def role_names(row: Invitation) -> dict[str, str | None]:
    """Return the names of the invitation's roles, for the audit log."""
    return {"role": row.role, "workspace_role": row.workspace_role.name if row.workspace_role else None}
