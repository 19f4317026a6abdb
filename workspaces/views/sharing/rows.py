"""The rows of the sharing page: each with its own role and the other ways in, for a page of them in two queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count

from accounts.models import User
from auditlog.actors import USER
from orgs.models import Membership, Team
from rbac import permissions
from rbac.models import Grant, WorkspaceRole
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest
from workspaces.views.sharing.kinds import TEAMS, Kind

_Place: Any = User.groups.through


@dataclass(slots=True)
class Row:
    """Somebody with a role here. `others`: further ways in, as (role's name, source)."""

    kind: Kind
    id: UUID
    name: str
    detail: str
    own: WorkspaceRole | None
    others: list[tuple[str, str]] = field(default_factory=list)
    user: User | None = None
    members: int = 0
    suspended: bool = False
    editable: bool = False
    myself: bool = False


def group_grants(workspace: Workspace) -> list[Grant]:
    """The roles of teams here, and of everyone."""
    held = Grant.objects.filter(workspace=workspace, group__isnull=False)
    return list(held.select_related("role__inherits", "group__team"))


def rows_of(request: WorkspaceRequest, kind: Kind, found: Sequence[Any], of_groups: Sequence[Grant]) -> list[Row]:
    """The rows of memberships, or of teams: two queries at most."""
    if kind is TEAMS:
        return _team_rows(request, found, of_groups)
    return _member_rows(request, kind, found, of_groups)


def may_change(request: WorkspaceRequest, kind: Kind, own: WorkspaceRole | None) -> bool:
    """Whether the reader may give another role in place of this one: not beyond what they may do themselves."""
    return request.access.allows(kind.manage) and (own is None or own.all_scopes <= request.access.scopes)


def _member_rows(
    request: WorkspaceRequest, kind: Kind, found: Sequence[Membership], of_groups: Sequence[Grant]
) -> list[Row]:
    users = [membership.user_id for membership in found]
    grants = Grant.objects.filter(workspace=request.workspace, user__in=users).select_related("role__inherits")
    own = {grant.user_id: grant.role for grant in grants}
    of_group = {grant.group_id: _way(grant) for grant in of_groups}
    others: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for user, group in _Place.objects.filter(user__in=users, group__in=of_group).values_list("user", "group"):
        others[user].append(of_group[group])
    return [_member_row(request, kind, one, own.get(one.user_id), sorted(others[one.user_id])) for one in found]


def _member_row(
    request: WorkspaceRequest,
    kind: Kind,
    membership: Membership,
    own: WorkspaceRole | None,
    others: list[tuple[str, str]],
) -> Row:
    user = membership.user
    if membership.role in permissions.IMPLICIT_WORKSPACE_OWNERS:
        others = [("Owner", f"as {membership.role} of the account"), *others]
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


def _way(grant: Grant) -> tuple[str, str]:
    team = grant.group.team  # type: ignore[union-attr]  # of groups alone
    return grant.role.name, "as everyone" if team.everyone else f"by team {team.name}"


def _team_rows(request: WorkspaceRequest, found: Sequence[Team], of_groups: Sequence[Grant]) -> list[Row]:
    groups = [team.group_id for team in found]
    own = {grant.group_id: grant.role for grant in of_groups}
    counted = _Place.objects.filter(group__in=groups).values("group").annotate(members=Count("id"))
    members = {row["group"]: row["members"] for row in counted}
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
