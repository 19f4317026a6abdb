"""The part of access in a transfer: people, service accounts, teams, the default role and pending invitations."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Account, ApiKey
from orgs.models import Invitation, Membership
from rbac.grant_rows import GrantRow, grant_rows, replace_grants
from rbac.models import WorkspaceRole
from workspaces.models import Workspace
from workspaces.transfer_parts.outlook import HeldRole
from workspaces.transfer_parts.registry import (
    CHANGES,
    GAINS,
    KEEPS,
    LOSES,
    Effect,
    Figure,
    Move,
    Part,
    Usage,
    count_some,
)


def effects(move: Move) -> list[Effect]:
    """Return who keeps, gains and loses access, then the teams whose roles end.

    Pages show the first ones only. So many who lose access cannot hide somebody who keeps it from those who approve.
    """
    outlook = move.outlook
    holders = [_effect_on(move, user_id) for user_id in outlook.users]
    teams = [
        Effect(
            kind="default_role" if team.everyone else "team",
            id=str(team.id),
            name=f"Everyone in {move.source.handle}" if team.everyone else team.name,
            outcome=LOSES,
            reason=f"Teams belong to {move.source.handle}, so the role ends.",
            before=(role.name,),
        )
        for team, role in outlook.teams
    ]
    order = [KEEPS, GAINS, LOSES]
    return sorted(holders, key=lambda effect: (order.index(effect.outcome), effect.name, effect.id)) + teams


def figures(move: Move) -> list[Figure]:
    """Return how many API keys stop working in the workspace."""
    losing = move.outlook.before.keys() - move.outlook.after.keys()
    keys = ApiKey.objects.in_force().filter(user__in=losing)
    return [Figure("keys", "API keys that stop working in this workspace", count_some(keys))] if losing else []


def usage(move: Move) -> list[Usage]:
    """Return the workspaces of both accounts."""
    in_source, in_target = (Workspace.objects.filter(account=owner).count() for owner in (move.source, move.target))
    return [Usage("workspaces", in_source, in_target, 1)]


def apply(move: Move) -> Any:
    """Keep the grants that move along, delete the others, and return all of them."""
    rows = grant_rows(move.workspace.id)
    replace_grants(move.workspace.id, move.outlook.carried)
    return [row.as_json() for row in rows]


def restore(move: Move, snapshot: Any, transferred_at: datetime) -> None:
    """Restore the grants of all who have belonged to the source since then. Who left it had lost their grants."""
    rows = [GrantRow.from_json(row) for row in snapshot]
    members = Membership.objects.filter(
        account=move.source, user__in=[row.user_id for row in rows if row.user_id], created__lte=transferred_at
    )
    still = set(members.values_list("user", flat=True))
    replace_grants(move.workspace.id, [row for row in rows if row.user_id is None or row.user_id in still])


def _effect_on(move: Move, user_id: UUID) -> Effect:
    user, before = move.outlook.users[user_id], move.outlook.before.get(user_id, [])
    after = move.outlook.after.get(user_id, [])
    outcome = KEEPS if before and after else LOSES if before else GAINS
    return Effect(
        kind=user.kind,
        id=str(user_id),
        name=user.name,
        outcome=outcome,
        reason=_reason(move, user_id, before, after),
        before=_role_names(before),
        after=_role_names(after),
        depends_on_target=True,
    )


def _reason(move: Move, user_id: UUID, before: list[HeldRole], after: list[HeldRole]) -> str:
    if after:
        return f"Has access {', '.join(sorted(held.reason for held in after))}."
    if user_id not in move.outlook.members_of_target:
        return f"Not an active member of {move.target.handle}."
    return f"Had access {', '.join(sorted(held.reason for held in before))}, which does not move along."


def _role_names(held: list[HeldRole]) -> tuple[str, ...]:
    return tuple(sorted({each.role.name for each in held}))


def invitation_effects(move: Move) -> list[Effect]:
    """Return the pending invitations to the workspace that end, or that lose the workspace."""
    personal = move.source.kind == Account.PERSONAL
    reason = "It is revoked." if personal else f"It stays an invitation to {move.source.handle}, without the workspace."
    return [
        Effect(
            kind="invitation",
            id=str(invitation.id),
            name=invitation.email,
            outcome=LOSES if personal else CHANGES,
            reason=reason,
            before=(invitation.workspace_role.name,) if invitation.workspace_role else (),
        )
        for invitation in _pending(move).select_related("workspace_role").order_by("email", "id")
    ]


def apply_invitations(move: Move) -> Any:
    """Detach all invitations from the workspace, revoke the pending ones of a personal account, and return all.

    An invitation to an organization is revoked, too, if the person has another pending one there.
    """
    rows = Invitation.objects.filter(account=move.source, workspace=move.workspace.id)
    pending = rows.filter(status=Invitation.PENDING)
    if move.source.kind == Account.ORGANIZATION:
        others = Invitation.objects.filter(account=move.source, workspace=None, status=Invitation.PENDING)
        pending = pending.filter(email__in=list(others.values_list("email", flat=True)))
    revoked = set(pending.values_list("id", flat=True))
    snapshot = [
        {"id": str(id), "role": str(role), "pending": status == Invitation.PENDING, "revoked": id in revoked}
        for id, role, status in rows.order_by("id").values_list("id", "workspace_role", "status")
    ]
    pending.update(status=Invitation.REVOKED)
    rows.update(workspace=None, workspace_role=None)
    return snapshot


def restore_invitations(move: Move, snapshot: Any, transferred_at: datetime) -> None:
    """End the target's invitations to the workspace, and attach the source's again.

    Those that the transfer revoked are open again. Those that were answered or revoked meanwhile stay as they are.
    """
    apply_invitations(replace(move, source=move.target, target=move.source))
    roles = set(WorkspaceRole.objects.filter(id__in={row["role"] for row in snapshot}).values_list("id", flat=True))
    rows = Invitation.objects.select_for_update(of=("self",)).filter(account=move.source)
    invitations = {str(row.id): row for row in rows.filter(id__in=[row["id"] for row in snapshot])}
    for saved in snapshot:
        row = invitations.get(saved["id"])
        changed = row is not None and saved["pending"] and (row.status == Invitation.PENDING) == saved["revoked"]
        if row is None or changed or UUID(saved["role"]) not in roles:
            continue
        row.workspace_id, row.workspace_role_id = move.workspace.id, UUID(saved["role"])
        if saved["revoked"]:
            row.status = Invitation.PENDING
        row.save(update_fields=["workspace", "workspace_role", "status", "updated"])


def _pending(move: Move) -> Any:
    return Invitation.objects.filter(account=move.source, workspace=move.workspace.id, status=Invitation.PENDING)


ACCESS = Part("access", "Access", effects=effects, figures=figures, apply=apply, restore=restore, usage=usage, order=0)
INVITATIONS = Part(
    "invitations",
    "Pending invitations",
    effects=invitation_effects,
    apply=apply_invitations,
    restore=restore_invitations,
    order=1,
)
