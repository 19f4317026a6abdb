"""The reasons for which an actor may enter a workspace, each with the role that it gives.

They explain what `scoping.enter` decides; tests compare both.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q

from accounts.models import Account, User
from rbac import builtin, permissions
from rbac.effective import groups_of
from rbac.models import Grant, WorkspaceRole
from workspaces.entry_rules import owns_every_workspace
from workspaces.models import Workspace, WorkspaceQuerySet

# The sources of access: a direct grant, a grant of a team, the default role, the account role.
DIRECT, TEAM, DEFAULT, ACCOUNT = "direct", "team", "default", "account"
_ORDER = (ACCOUNT, DIRECT, TEAM, DEFAULT)
OWNER_ROLE = WorkspaceRole(id=builtin.IDS[builtin.OWNER], name=builtin.OWNER)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for access. `via` is the name of the team or the account role, and empty for the other sources."""

    workspace: Workspace
    role: WorkspaceRole
    source: str
    via: str = ""
    team_id: UUID | None = None

    @property
    def source_words(self) -> str:
        """Return the source in words, to be shown after the name of the role: `by default role`."""
        return source_words(self.source, self.via)


def source_words(source: str, via: str = "") -> str:
    """Return the source of access in words. All pages use these."""
    words = {DIRECT: "directly", TEAM: f"by team {via}", DEFAULT: "by default role", ACCOUNT: f"by account role {via}"}
    return words[source]


def find_reasons(workspace_ids: Collection[UUID] | None, user: User, *, account: Account | None = None) -> list[Reason]:
    """Return every reason for which an actor may enter these workspaces: two queries.

    `workspace_ids` is None for all workspaces; `account` restricts them to one account. The reasons are sorted by
    account, workspace and source. Their roles together hold exactly the scopes that `scoping.enter` gives.
    """
    rows = workspaces_open_to(user)
    if workspace_ids is not None:
        rows = rows.filter(id__in=workspace_ids)
    if account is not None:
        rows = rows.filter(account=account)
    return reasons_in(list(rows), user)


def workspaces_open_to(user: User) -> WorkspaceQuerySet:
    """Return the workspaces that an actor may enter, by account and handle, annotated for `reasons_in`."""
    rows = Workspace.objects.open_to(user).select_related("account").annotate(account_role=F("membership__role"))
    return rows.order_by("account__handle", "handle")


def reasons_in(workspaces: Sequence[Workspace], user: User) -> list[Reason]:
    """Return the reasons for workspaces from `workspaces_open_to`, in their order: one query."""
    reasons = [
        Reason(workspace, OWNER_ROLE, ACCOUNT, via)
        for workspace in workspaces
        if owns_every_workspace(via := _account_role(workspace, user))
    ]
    by_id = {workspace.id: workspace for workspace in workspaces}
    holds = Q(user=user.id) | Q(group__in=groups_of(user.id))
    grants = Grant.objects.filter(holds, workspace__in=list(by_id)).select_related("role__inherits", "group__team")
    reasons += [_reason(by_id[grant.workspace_id], grant) for grant in grants if grant.role.all_scopes]
    position = {workspace.id: number for number, workspace in enumerate(workspaces)}
    return sorted(reasons, key=lambda reason: (position[reason.workspace.id], _ORDER.index(reason.source), reason.via))


def _account_role(workspace: Workspace, user: User) -> str:
    if workspace.account.user_id == user.id:
        return permissions.OWNER
    role: str = workspace.account_role  # type: ignore[attr-defined]  # annotated above
    return role


def _reason(workspace: Workspace, grant: Grant) -> Reason:
    if grant.group is None:
        return Reason(workspace, grant.role, DIRECT)
    team = grant.group.team
    if team.everyone:
        return Reason(workspace, grant.role, DEFAULT)
    return Reason(workspace, grant.role, TEAM, team.name, team.id)
