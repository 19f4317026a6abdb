"""The rows of the sharing page, each with its direct role and other access: two queries for a page of rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count

from accounts.models import User
from auditlog.actors import USER
from orgs.models import Membership, Team
from rbac.models import Grant, WorkspaceRole
from workspaces.access.access_reasons import ACCOUNT, DEFAULT, OWNER_ROLE, TEAM, source_words
from workspaces.access.pages.sharing.kinds import TEAMS, Kind
from workspaces.entry_rules import owns_every_workspace
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest

_UserGroup: Any = User.groups.through


@dataclass(slots=True)
class Row:
    """A grantee. `own` is the direct role; `others` is other access, as pairs of a role and the words of its source."""

    kind: Kind
    id: UUID
    name: str
    detail: str
    own: WorkspaceRole | None
    others: list[tuple[WorkspaceRole, str]] = field(default_factory=list)
    user: User | None = None
    members: int = 0
    suspended: bool = False
    editable: bool = False
    myself: bool = False


def group_grants(workspace: Workspace) -> list[Grant]:
    """Return the grants of teams, and of everyone, in the workspace."""
    grants = Grant.objects.filter(workspace=workspace, group__isnull=False)
    return list(grants.select_related("role__inherits", "group__team"))


def build_rows(request: WorkspaceRequest, kind: Kind, found: Sequence[Any], of_groups: Sequence[Grant]) -> list[Row]:
    """Return rows for memberships or teams: at most two queries. `of_groups` comes from `group_grants`."""
    if kind is TEAMS:
        return _team_rows(request, found, of_groups)
    return _member_rows(request, kind, found, of_groups)


def may_change(request: WorkspaceRequest, kind: Kind, own: WorkspaceRole | None) -> bool:
    """Return whether the reader may replace this direct role: it may not exceed the scopes of the reader."""
    return request.access.allows(kind.manage) and (own is None or own.holds_at_most(request.access.scopes))


def _member_rows(
    request: WorkspaceRequest, kind: Kind, found: Sequence[Membership], of_groups: Sequence[Grant]
) -> list[Row]:
    users = [membership.user_id for membership in found]
    grants = Grant.objects.filter(workspace=request.workspace, user__in=users).select_related("role__inherits")
    own = {grant.user_id: grant.role for grant in grants}
    access_by_group = {grant.group_id: _group_access(grant) for grant in of_groups}
    others: dict[UUID, list[tuple[WorkspaceRole, str]]] = defaultdict(list)
    for user, group in _UserGroup.objects.filter(user__in=users, group__in=access_by_group).values_list(
        "user", "group"
    ):
        others[user].append(access_by_group[group])
    for ways in others.values():
        ways.sort(key=lambda way: (way[0].name, way[1]))
    return [_member_row(request, kind, row, own.get(row.user_id), others[row.user_id]) for row in found]


def _member_row(
    request: WorkspaceRequest,
    kind: Kind,
    membership: Membership,
    own: WorkspaceRole | None,
    others: list[tuple[WorkspaceRole, str]],
) -> Row:
    user = membership.user
    if owns_every_workspace(membership.role):
        others = [(OWNER_ROLE, source_words(ACCOUNT, membership.role)), *others]
    myself = user.id == request.user.id
    return Row(
        kind=kind,
        id=user.id,
        name=user.name,
        detail=user.email if user.kind == USER else "",
        own=own,
        others=others,
        user=user,
        suspended=not (membership.active and user.is_active),
        editable=may_change(request, kind, own) and not myself,
        myself=myself,
    )


def _group_access(grant: Grant) -> tuple[WorkspaceRole, str]:
    """Return the role and the words of its source, for `Row.others`."""
    team = grant.group.team  # type: ignore[union-attr]  # all from `group_grants`
    return grant.role, source_words(DEFAULT) if team.everyone else source_words(TEAM, team.name)


def _team_rows(request: WorkspaceRequest, found: Sequence[Team], of_groups: Sequence[Grant]) -> list[Row]:
    groups = [team.group_id for team in found]
    own = {grant.group_id: grant.role for grant in of_groups}
    counts = _UserGroup.objects.filter(group__in=groups).values("group").annotate(members=Count("id"))
    members = {row["group"]: row["members"] for row in counts}
    return [
        Row(
            kind=TEAMS,
            id=team.id,
            name=team.name,
            detail=team.description,
            own=own.get(team.group_id),
            members=members.get(team.group_id, 0),
            editable=may_change(request, TEAMS, own.get(team.group_id)),
        )
        for team in found
    ]
