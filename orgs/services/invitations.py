"""Send, resend, change and revoke invitations. `workspaces.access.invitation_acceptance` accepts them.

`granter_scopes` are the actor's permissions in the account and scopes in the workspace, in one set. An invitation may
not give more. None stands for the system, which may give everything.

`orgs` may not import `workspaces`, so workspaces have the type `Any`.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, OutgoingMail, User
from accounts.services.access import check_access_stands
from accounts.services.addresses import check_confirmed
from accounts.services.mail_pace import check_pace
from auditlog.actors import Actor
from orgs.models import Invitation, Team
from orgs.plans import check_cap
from orgs.services.invitation_endings import record_invitation, revoke_row
from orgs.services.invitation_mail import mail_invitation
from orgs.services.invitation_rows import (
    LIFETIME,
    check_granter_rights,
    check_not_sent_recently,
    check_pending,
    lock_invitation,
    lock_pending_invitation,
    make_actor_inviter,
    renew_token,
    role_names,
)
from orgs.services.invitation_tokens import link_to, new_token
from orgs.services.invitees import check_not_members, check_seats, check_target, parse_addresses
from rbac.models import WorkspaceRole


@transaction.atomic
def invite(
    account: Account,
    emails: Iterable[str],
    *,
    role: str,
    teams: Collection[Team] = (),
    workspace: Any = None,
    workspace_role: WorkspaceRole | None = None,
    invited_by: User,
    actor: Actor,
    granter_scopes: frozenset[str] | None = None,
) -> list[Invitation]:
    """Invite all people or none, and mail each a link. Earlier pending invitations to it are revoked.

    Raises `Invalid` (or its subclass `Conflict`) for invalid addresses, people who are already members, more than 100
    people, more than the account's plan has places for, teams, roles or workspaces of another account, and too many
    emails in a short time. Raises `Forbidden` if
    the roles hold more than `granter_scopes`, and `Unconfirmed` if the email address of the actor, or of the person of
    a personal account, is not confirmed.
    """
    wanted = parse_addresses(emails)
    row = Account.objects.select_for_update(no_key=True).get(id=account.id)
    check_access_stands(actor)
    check_confirmed(actor, row)
    check_target(
        row, role=role, teams=teams, workspace=workspace, workspace_role=workspace_role, granter_scopes=granter_scopes
    )
    check_not_members(row, wanted, workspace)
    check_pace(OutgoingMail.INVITATION, wanted, sender_id=actor.id, account_id=row.id)
    earlier_rows = Invitation.objects.select_for_update(of=("self",)).select_related("account")
    for earlier in earlier_rows.filter(account=row, workspace=workspace, email__in=wanted, status=Invitation.PENDING):
        check_not_sent_recently(earlier)
        revoke_row(earlier, actor)
    pending = Invitation.objects.filter(account=row, status=Invitation.PENDING, expires_at__gt=timezone.now())
    check_cap(row, "pending_invitations", pending.count(), adding=len(wanted))
    check_seats(row, role, wanted)
    return [
        _create_invitation(row, email, role, teams, workspace, workspace_role, invited_by, actor) for email in wanted
    ]


@transaction.atomic
def invite_by_role(
    account: Account,
    emails: Mapping[str, Iterable[str]],
    *,
    invited_by: User,
    actor: Actor,
    granter_scopes: frozenset[str] | None = None,
) -> list[Invitation]:
    """Invite all people or none to an account. `emails` are by account role. Raises the same errors as `invite`."""
    return [
        invitation
        for role, addresses in emails.items()
        for invitation in invite(
            account, addresses, role=role, invited_by=invited_by, actor=actor, granter_scopes=granter_scopes
        )
    ]


@transaction.atomic
def resend(invitation: Invitation, *, actor: Actor, granter_scopes: frozenset[str] | None = None) -> None:
    """Mail a new link that is valid for a week. Earlier links stop working.

    Raises `Conflict` if the invitation is not pending or was mailed less than a minute ago, and the errors of `invite`.
    """
    row = lock_pending_invitation(invitation, granter_scopes)
    check_access_stands(actor)
    check_confirmed(actor, row.account)
    check_not_sent_recently(row)
    check_pace(OutgoingMail.INVITATION, [row.email], sender_id=actor.id, account_id=row.account_id)
    make_actor_inviter(row, actor, granter_scopes)
    row.sent_at = timezone.now()
    token = renew_token(row, mailed=True)
    record_invitation("updated", row, actor, sent_again=True, expires_at=row.expires_at.isoformat())
    mail_invitation(row, token, actor)


@transaction.atomic
def new_link(invitation: Invitation, *, actor: Actor, granter_scopes: frozenset[str] | None = None) -> str:
    """Return a new link that is valid for a week, for the inviter to pass on. Earlier links stop working.

    The link is not stored, so show it once. Somebody who opens it has not proven that the email address is theirs.
    Raises `Conflict` if the invitation is not pending, and the errors of `invite`.
    """
    row = lock_pending_invitation(invitation, granter_scopes)
    check_access_stands(actor)
    check_confirmed(actor, row.account)
    make_actor_inviter(row, actor, granter_scopes)
    token = renew_token(row, mailed=False)
    record_invitation("updated", row, actor, link_shown=True, expires_at=row.expires_at.isoformat())
    return link_to(token)


@transaction.atomic
def change_invitation(
    invitation: Invitation,
    *,
    role: str,
    workspace_role: WorkspaceRole | None = None,
    actor: Actor,
    granter_scopes: frozenset[str] | None = None,
) -> None:
    """Change the account role of a pending invitation and, if given, the workspace role.

    Raises `Conflict` if the invitation is not pending, and the errors of `invite`.
    """
    row = lock_pending_invitation(invitation, granter_scopes)
    check_confirmed(actor, row.account)
    workspace_role = workspace_role or row.workspace_role
    check_target(
        row.account,
        role=role,
        teams=(),
        workspace=row.workspace,
        workspace_role=workspace_role,
        granter_scopes=granter_scopes,
    )
    before, now = role_names(row), {"role": role, "workspace_role": workspace_role.name if workspace_role else None}
    changes = {name: {"from": before[name], "to": now[name]} for name in now if before[name] != now[name]}
    if changes:
        make_actor_inviter(row, actor, granter_scopes)
        row.role, row.workspace_role = role, workspace_role
        row.save(update_fields=["role", "workspace_role", "updated"])
        record_invitation("updated", row, actor, changes=changes)


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, actor: Actor, granter_scopes: frozenset[str] | None = None) -> bool:
    """Revoke a pending invitation, so that its link stops working. Return False if it was already revoked.

    Raises `Conflict` if it was accepted or declined, and `Forbidden` if it gives more than `granter_scopes`.
    """
    row = lock_invitation(invitation)
    if row.status == Invitation.REVOKED:
        return False
    check_pending(row)
    check_granter_rights(row, granter_scopes)
    revoke_row(row, actor)
    return True


def detach_from_workspace(workspace: Any) -> None:
    """Detach invitations from a workspace that is about to be deleted, if they also invite to its organization.

    A pending invitation is kept only if the person has no other pending one to the organization. Invitations that are
    not detached are deleted with the workspace.
    """
    invitations = Invitation.objects.filter(workspace=workspace.id, account__kind=Account.ORGANIZATION)
    others = Invitation.objects.filter(account=workspace.account_id, workspace=None, status=Invitation.PENDING)
    other_emails = list(others.values_list("email", flat=True))
    pending = invitations.filter(status=Invitation.PENDING).exclude(email__in=other_emails)
    pending.update(workspace=None, workspace_role=None)
    invitations.exclude(status=Invitation.PENDING).update(workspace=None, workspace_role=None)


def _create_invitation(
    account: Account,
    email: str,
    role: str,
    teams: Collection[Team],
    workspace: Any,
    workspace_role: WorkspaceRole | None,
    invited_by: User,
    actor: Actor,
) -> Invitation:
    token, digest = new_token()
    now = timezone.now()
    invitation = Invitation.objects.create(
        account=account,
        email=email,
        role=role,
        workspace=workspace,
        workspace_role=workspace_role,
        digest=digest,
        invited_by=invited_by,
        sent_at=now,
        expires_at=now + LIFETIME,
    )
    invitation.teams.set(teams)
    record_invitation(
        "created",
        invitation,
        actor,
        **role_names(invitation),
        teams=[team.name for team in teams],
        expires_at=invitation.expires_at.isoformat(),
    )
    mail_invitation(invitation, token, actor)
    return invitation
