"""Invitations by mail: sent, sent again, changed, revoked. `workspaces.joining` has how they are accepted.

The workspace that one may be for stands above this floor; its type is not known here. `within`: the rights of who
asks, permissions in the account and scopes in the workspace together; None stands for the system.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, User
from auditlog.actors import Actor
from orgs.models import Invitation, Team
from orgs.services.invitation_mail import mail_invitation
from orgs.services.invitation_pace import check_again, check_pace
from orgs.services.invitation_rows import (
    LIFETIME,
    check_rights,
    check_waits,
    end,
    held,
    record_invitation,
    renew,
    roles,
    stand_behind,
    waiting,
)
from orgs.services.invitation_tokens import link_to, new_token
from orgs.services.invitees import addresses, check_strangers, check_target
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
    within: frozenset[str] | None = None,
) -> list[Invitation]:
    """Invite people, all or none, and mail each a link. One that waits for the same target is revoked first.

    Raises ValidationError for what is no address, who belongs already, more than 100, what is not of this account, and
    too many mails in a short time; PermissionDenied for roles beyond `within`.
    """
    wanted = addresses(emails)
    row = Account.objects.select_for_update(no_key=True).get(id=account.id)
    check_target(row, role=role, teams=teams, workspace=workspace, workspace_role=workspace_role, within=within)
    check_strangers(row, wanted, workspace)
    check_pace(row, wanted, actor)
    waiting = Invitation.objects.select_for_update(of=("self",)).select_related("account")
    for earlier in waiting.filter(account=row, workspace=workspace, email__in=wanted, status=Invitation.PENDING):
        check_again(earlier)
        end(earlier, actor)
    return [_make(row, email, role, teams, workspace, workspace_role, invited_by, actor) for email in wanted]


@transaction.atomic
def resend(invitation: Invitation, *, actor: Actor, within: frozenset[str] | None = None) -> None:
    """Mail a new link for another week; the one before leads nowhere from now on.

    Raises ValidationError for one that does not wait, or was mailed less than a minute ago, and as `invite`.
    """
    row = waiting(invitation, within)
    check_again(row)
    check_pace(row.account, [row.email], actor)
    stand_behind(row, actor, within)
    row.sent_at = timezone.now()
    token = renew(row, mailed=True)
    record_invitation("updated", row, actor, sent_again=True, expires_at=row.expires_at.isoformat())
    mail_invitation(row, token)


@transaction.atomic
def new_link(invitation: Invitation, *, actor: Actor, within: frozenset[str] | None = None) -> str:
    """A new link to hand over, for another week; the one before leads nowhere. It is in no other place: show it once.

    Who comes by it has not proven to read the mail of the address. Raises as `resend`.
    """
    row = waiting(invitation, within)
    stand_behind(row, actor, within)
    token = renew(row, mailed=False)
    record_invitation("updated", row, actor, link_shown=True, expires_at=row.expires_at.isoformat())
    return link_to(token)


@transaction.atomic
def change_invitation(
    invitation: Invitation,
    *,
    role: str,
    workspace_role: WorkspaceRole | None = None,
    actor: Actor,
    within: frozenset[str] | None = None,
) -> None:
    """Give one that waits another role; without a `workspace_role` that one stays. Raises as `invite`."""
    row = waiting(invitation, within)
    there = workspace_role or row.workspace_role
    check_target(row.account, role=role, teams=(), workspace=row.workspace, workspace_role=there, within=within)
    before, now = roles(row), {"role": role, "workspace_role": there.name if there else None}
    changes = {name: {"from": before[name], "to": now[name]} for name in now if before[name] != now[name]}
    if changes:
        stand_behind(row, actor, within)
        row.role, row.workspace_role = role, there
        row.save(update_fields=["role", "workspace_role", "updated"])
        record_invitation("updated", row, actor, changes=changes)


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, actor: Actor, within: frozenset[str] | None = None) -> bool:
    """Its link opens nothing from now on. False for one that was revoked before; otherwise raises as `resend`."""
    row = held(invitation)
    if row.status == Invitation.REVOKED:
        return False
    check_waits(row)
    check_rights(row, within)
    end(row, actor)
    return True


def forget_workspace(workspace: Any) -> None:
    """Before a workspace goes: who is invited to its organization, too, is still invited to that."""
    here = Invitation.objects.filter(workspace=workspace.id, account__kind=Account.ORGANIZATION)
    twice = Invitation.objects.filter(account=workspace.account_id, workspace=None, status=Invitation.PENDING)
    here.filter(status=Invitation.PENDING).exclude(email__in=list(twice.values_list("email", flat=True))).update(
        workspace=None, workspace_role=None
    )
    here.exclude(status=Invitation.PENDING).update(workspace=None, workspace_role=None)


def _make(
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
    made = Invitation.objects.create(
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
    made.teams.set(teams)
    told = {**roles(made), "teams": [team.name for team in teams], "expires_at": made.expires_at.isoformat()}
    record_invitation("created", made, actor, **told)
    mail_invitation(made, token)
    return made
