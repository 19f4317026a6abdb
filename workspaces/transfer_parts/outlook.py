"""Who may enter a workspace before and after it changes its owner, and with which roles.

The rules are those of `workspaces.entry_rules`. A direct role moves along if its holder may enter now and is an active
member of the target. Roles of teams and the default role end, because teams belong to the source.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from accounts.models import Account, User
from orgs.models import Membership, Team
from rbac import builtin
from rbac.grant_rows import GrantRow, grant_rows
from rbac.models import WorkspaceRole
from rbac.permissions import IMPLICIT_WORKSPACE_OWNERS
from workspaces.models import Workspace

_GroupMember: Any = User.groups.through


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that somebody holds, and why: `directly`, `as Admin of acme`, `by team Ops`."""

    role: WorkspaceRole
    reason: str


@dataclass(slots=True)
class Outlook:
    """The roles by holder before and after, the grants that move along, and those that end for teams."""

    before: dict[UUID, list[HeldRole]] = field(default_factory=lambda: defaultdict(list))
    after: dict[UUID, list[HeldRole]] = field(default_factory=lambda: defaultdict(list))
    users: dict[UUID, User] = field(default_factory=dict)
    members_of_target: set[UUID] = field(default_factory=set)
    carried: list[GrantRow] = field(default_factory=list)
    teams: list[tuple[Team, WorkspaceRole]] = field(default_factory=list)
    own_roles: list[WorkspaceRole] = field(default_factory=list)  # of the source, which are granted here

    def scopes_after(self, user_id: UUID) -> frozenset[str]:
        """Return the scopes that somebody will hold."""
        return frozenset().union(*(held.role.all_scopes for held in self.after.get(user_id, [])))


def outlook_of(workspace: Workspace, source: Account, target: Account, mapping: Mapping[UUID, UUID | None]) -> Outlook:
    """Return the outlook. The number of queries does not depend on the number of holders."""
    found = Outlook()
    rows = grant_rows(workspace.id)
    of_source, of_target = _active_members(source), _active_members(target)
    roles = _roles({row.role_id for row in rows} | {role for role in mapping.values() if role is not None})
    rows = [row for row in rows if row.role_id in roles]  # others were deleted since the rows were read
    owner = roles[builtin.IDS[builtin.OWNER]]
    found.members_of_target = set(of_target)
    found.own_roles = sorted(
        (roles[id] for id in {row.role_id for row in rows} if not roles[id].is_built_in),
        key=lambda role: (role.name, role.id),
    )
    _add_owners(found.before, source, of_source, owner)
    _add_owners(found.after, target, of_target, owner)
    _add_team_roles(found, rows, roles, set(of_source))
    direct = [row for row in rows if row.user_id in of_source and roles[row.role_id].all_scopes]
    for row in direct:
        assert row.user_id is not None
        found.before[row.user_id].append(HeldRole(roles[row.role_id], "directly"))
    for row in direct:
        role = roles[row.role_id]
        new_id = role.id if role.is_built_in else mapping.get(role.id)
        new = roles.get(new_id) if new_id else None
        if row.user_id in of_target and new is not None and (new.is_built_in or new.account_id == target.id):
            found.carried.append(replace(row, role_id=new.id))
            if new.all_scopes:
                found.after[row.user_id].append(HeldRole(new, "directly"))
    people = User.actors.filter(id__in=found.before.keys() | found.after.keys())
    found.users = {user.id: user for user in people.select_related("personal_account")}
    return found


def _active_members(account: Account) -> dict[UUID, str]:
    """Return the account role of those who may use the account now, by user."""
    members = Membership.objects.filter(account=account, active=True, user__is_active=True)
    return dict(members.values_list("user", "role"))


def _roles(ids: set[UUID]) -> dict[UUID, WorkspaceRole]:
    ids = ids | {builtin.IDS[builtin.OWNER]}
    return {role.id: role for role in WorkspaceRole.objects.filter(id__in=ids).select_related("inherits")}


def _add_owners(
    held: dict[UUID, list[HeldRole]], account: Account, members: Mapping[UUID, str], owner: WorkspaceRole
) -> None:
    """Add those who own every workspace of the account."""
    for user, role in members.items():
        if role in IMPLICIT_WORKSPACE_OWNERS:
            held[user].append(HeldRole(owner, f"as {role} of {account.handle}"))
    if account.user_id is not None and User.objects.filter(id=account.user_id, is_active=True).exists():
        held[account.user_id].append(HeldRole(owner, f"as the person of {account.handle}"))


def _add_team_roles(
    found: Outlook, rows: list[GrantRow], roles: Mapping[UUID, WorkspaceRole], members: set[UUID]
) -> None:
    """Add the roles that teams hold, the default role among them."""
    of_teams = {row.group_id: roles[row.role_id] for row in rows if row.group_id is not None}
    teams = {team.group_id: team for team in Team.objects.filter(group__in=of_teams)}
    found.teams = sorted(
        ((team, of_teams[group]) for group, team in teams.items()), key=lambda pair: (pair[0].name, pair[0].id)
    )
    belonging = _GroupMember.objects.filter(group__in=[group for group, role in of_teams.items() if role.all_scopes])
    for user, group in belonging.filter(user__in=members).values_list("user", "group"):
        team = teams.get(group)
        if team is not None:
            reason = "by default role" if team.everyone else f"by team {team.name}"
            found.before[user].append(HeldRole(of_teams[group], reason))
