"""Why somebody may enter a workspace: each way in, with the role that it gives. Says what `scoping.enter` decides."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q

from accounts.models import Account, User
from rbac import builtin, permissions
from rbac.effective import groups_of
from rbac.models import Grant, WorkspaceRole
from workspaces.models import Workspace, WorkspaceQuerySet

# The ways in: a grant of one's own, a team's, that of everyone in the organization, a role in the account itself.
DIRECT, TEAM, DEFAULT, ACCOUNT = "direct", "team", "default", "account"
_ORDER = (ACCOUNT, DIRECT, TEAM, DEFAULT)
_OWNER = WorkspaceRole(id=builtin.IDS[builtin.OWNER], name=builtin.OWNER)


@dataclass(frozen=True, slots=True)
class Reason:
    """One way into a workspace. `via`: the team's name, or the account role; empty for the other two sources."""

    workspace: Workspace
    role: WorkspaceRole
    source: str
    via: str = ""
    team_id: UUID | None = None


def reasons(workspace_ids: Collection[UUID] | None, user: User, *, account: Account | None = None) -> list[Reason]:
    """Every way in that an actor has to these workspaces, or to those of an account, or to all: two queries.

    The scopes of the roles together are those that `enter` gives; no reason, no entry. By account, workspace, source.
    """
    rows = entered(user)
    if workspace_ids is not None:
        rows = rows.filter(id__in=workspace_ids)
    if account is not None:
        rows = rows.filter(account=account)
    return reasons_for(list(rows), user)


def entered(user: User) -> WorkspaceQuerySet:
    """The workspaces that an actor may enter, by account and handle, with what `reasons_for` has to know of each."""
    rows = Workspace.objects.open_to(user).select_related("account").annotate(my_role=F("mine__role"))
    return rows.order_by("account__handle", "handle")


def reasons_for(rows: Sequence[Workspace], user: User) -> list[Reason]:
    """The same for rows of `entered`, in their order: one query."""
    found = [
        Reason(workspace, _OWNER, ACCOUNT, via)
        for workspace in rows
        if (via := _account_role(workspace, user)) in permissions.IMPLICIT_WORKSPACE_OWNERS
    ]
    by_id = {workspace.id: workspace for workspace in rows}
    mine = Q(user=user.id) | Q(group__in=groups_of(user.id))
    grants = Grant.objects.filter(mine, workspace__in=list(by_id)).select_related("role__inherits", "group__team")
    found += [_granted(by_id[grant.workspace_id], grant) for grant in grants if grant.role.all_scopes]
    place = {workspace.id: number for number, workspace in enumerate(rows)}
    return sorted(found, key=lambda one: (place[one.workspace.id], _ORDER.index(one.source), one.via))


def _account_role(workspace: Workspace, user: User) -> str:
    if workspace.account.user_id == user.id:
        return permissions.OWNER
    role: str = workspace.my_role  # type: ignore[attr-defined]  # annotated above
    return role


def _granted(workspace: Workspace, grant: Grant) -> Reason:
    if grant.group is None:
        return Reason(workspace, grant.role, DIRECT)
    team = grant.group.team
    if team.everyone:
        return Reason(workspace, grant.role, DEFAULT)
    return Reason(workspace, grant.role, TEAM, team.name, team.id)
