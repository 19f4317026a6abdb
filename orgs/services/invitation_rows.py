"""Rows of invitations: held, checked, renewed, ended, recorded. `invitations` has the verbs."""

from contextlib import suppress
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Account
from auditlog.actors import Actor
from orgs.models import Invitation
from orgs.services.audit import record_for
from orgs.services.invitation_tokens import new_token
from orgs.services.invitees import check_scopes
from orgs.services.members import check_within
from rbac.grants import hold
from rbac.models import WorkspaceRole

LIFETIME = timedelta(days=7)
GONE = "This invitation is not there any more. Perhaps a newer one took its place."


def record_invitation(what: str, invitation: Invitation, actor: Actor, **detail: object) -> None:
    """The audit entry. Never the token."""
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


def renew(row: Invitation, *, mailed: bool) -> str:
    token, row.digest = new_token()
    row.mailed, row.expires_at = mailed, timezone.now() + LIFETIME
    row.save(update_fields=["digest", "mailed", "sent_at", "expires_at", "updated"])
    return token


def end(row: Invitation, actor: Actor, **detail: object) -> None:
    row.status = Invitation.REVOKED
    row.save(update_fields=["status", "updated"])
    record_invitation("revoked", row, actor, **detail)


def needed(row: Invitation) -> str:
    """The account permission that it takes to send it."""
    return "create:workspace_invitation" if row.workspace_id else "create:invitation"


def stand_behind(row: Invitation, actor: Actor, within: frozenset[str] | None) -> None:
    """Who sends or changes it and could have made it vouches for it from now on, with rights that were checked."""
    if actor.id is not None and within is not None and needed(row) in within:
        Invitation.objects.filter(id=row.id).update(invited_by=actor.id)
        row.refresh_from_db(fields=["invited_by"])


def held(found: Invitation) -> Invitation:
    """As it is now, with what it leads into, for this transaction alone. Raises ValidationError when it is gone.

    Held in the order in which those hold them who delete a workspace or a role.
    """
    list(Account.objects.select_for_update(no_key=True).filter(id=found.account_id).values_list("id"))
    if found.workspace is not None:
        spaces = type(found.workspace).objects.select_for_update(no_key=True)
        list(spaces.filter(id=found.workspace.id).values_list("id"))
    if found.workspace_role is not None:
        with suppress(WorkspaceRole.DoesNotExist):  # deleted a moment ago: the row below names the one instead
            hold(found.workspace_role)
    rows = Invitation.objects.select_for_update(of=("self",)).filter(id=found.id)
    row = rows.select_related("account", "invited_by", "workspace__account", "workspace_role__inherits").first()
    if row is None:
        raise ValidationError(GONE, code="conflict")
    return row


def waiting(invitation: Invitation, within: frozenset[str] | None) -> Invitation:
    row = held(invitation)
    check_waits(row)
    check_rights(row, within)
    return row


def check_waits(row: Invitation) -> None:
    if row.status != Invitation.PENDING:
        raise ValidationError(f"This invitation is {row.get_status_display()} already.", code="conflict")


def check_rights(row: Invitation, within: frozenset[str] | None) -> None:
    """Raise PermissionDenied: who may not give these roles may not touch what gives them."""
    check_within(within, row.role)
    check_scopes(within, row.workspace_role)


def roles(row: Invitation) -> dict[str, str | None]:
    return {"role": row.role, "workspace_role": row.workspace_role.name if row.workspace_role else None}
