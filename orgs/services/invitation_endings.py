"""Record changes of invitations, revoke them, and end those of people who have joined in another way."""

from typing import Any

from accounts.models import Account, User
from auditlog.actors import Actor
from orgs.models import Invitation
from orgs.services.audit import record_for


def record_invitation(what: str, invitation: Invitation, actor: Actor, **detail: object) -> None:
    """Write the audit entry of a change. It never contains the token."""
    noun = "workspace-invitation" if invitation.workspace_id else "account-invitation"
    if invitation.workspace_id:
        detail["workspace_id"] = invitation.workspace_id
    record_for(
        invitation.account,
        f"{noun}.{what}",
        actor=actor,
        object_id=invitation.id,
        object_name=invitation.email,
        **detail,
    )


def revoke_row(row: Invitation, actor: Actor, **detail: object) -> None:
    """Mark a locked invitation as revoked, and write the audit entry."""
    row.status = Invitation.REVOKED
    row.save(update_fields=["status", "joined_otherwise", "updated"])
    record_invitation("revoked", row, actor, **detail)


def end_invitations_of_member(account: Account, user: User, *, actor: Actor, workspace: Any = None) -> None:
    """End the pending invitations of a person who has joined the organization, or the workspace of a personal account.

    The caller has locked the account.
    """
    if account.kind == Account.PERSONAL and workspace is None:  # invitations to its other workspaces stay open
        return
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("account")
    pending = rows.filter(account=account, email=user.email.lower(), status=Invitation.PENDING)
    if account.kind == Account.PERSONAL:
        pending = pending.filter(workspace=workspace)
    for invitation in pending.order_by("id"):
        invitation.joined_otherwise = True
        revoke_row(invitation, actor, reason="The person joined in another way.")
