"""Who is on the access list of a work pool, and who could be added."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import User
from orgs.models import Team
from rbac.access_lists import LEVELS, MANAGE, RUN, VIEW, AccessControlled, AccessEntry, read_list
from workspaces.access.grant_queries import entering_memberships, team_grants
from workspaces.access_lists import AccessRequest
from workspaces.models import Workspace

EVERYONE = "everyone"
LEVEL_WORDS = {VIEW: "View", RUN: "View and run", MANAGE: "View, run and manage"}
MOST_OFFERED = 200


@dataclass(frozen=True, slots=True)
class AccessRow:
    """Somebody on an access list. `key` is `everyone`, or `user:` or `team:` and an id; `level` the highest one."""

    key: str
    name: str
    detail: str
    icon: str
    level: str

    @property
    def words(self) -> str:
        return LEVEL_WORDS[self.level]


def access_rows(pool: AccessControlled) -> list[AccessRow]:
    """Return who is on the list, by name. A pool without a list has no rows."""
    if not pool.restricted:
        return []
    levels = _highest_levels(read_list(pool))
    users = User.actors.in_bulk([key for key in levels if isinstance(key, UUID)])
    teams = {team.group_id: team for team in Team.objects.filter(group__in=[k for k in levels if isinstance(k, int)])}
    rows = []
    for key, level in levels.items():
        if key == EVERYONE:
            rows.append(AccessRow(EVERYONE, "Everyone", "everybody whose role allows it", "users", level))
        elif key in users:
            user = users[key]
            detail, icon = (user.email, "user") if user.is_person else ("service account", "bot")
            rows.append(AccessRow(f"user:{user.id}", user.name, detail, icon, level))
        elif key in teams:
            rows.append(AccessRow(f"team:{teams[key].id}", teams[key].name, "team", "users", level))
    return sorted(rows, key=lambda row: (row.key != EVERYONE, row.name, row.key))


def candidates(workspace: Workspace, taken: Iterable[str]) -> list[tuple[str, str]]:
    """Return the keys and names of those who may enter the workspace and are not on the list yet."""
    found = [(EVERYONE, "Everyone")]
    grants = team_grants(workspace).order_by("group__team__name")[:MOST_OFFERED]
    found += [(f"team:{grant.group.team.id}", f"{grant.group.team.name} (team)") for grant in grants if grant.group]
    memberships = entering_memberships(workspace).select_related("user").order_by("user__first_name", "id")
    for membership in memberships[:MOST_OFFERED]:
        user = membership.user
        found.append((f"user:{user.id}", f"{user.name} ({user.email if user.is_person else 'service account'})"))
    left_out = set(taken)
    return [(key, name) for key, name in found if key not in left_out]


def requests_of(levels: Mapping[str, str]) -> dict[str, AccessRequest]:
    """Return what `set_access_list` takes for the level of each key. A level contains those below it."""
    return {
        level: AccessRequest(
            everyone=levels.get(EVERYONE) == level,
            actors=[UUID(key[5:]) for key, chosen in levels.items() if chosen == level and key.startswith("user:")],
            teams=[UUID(key[5:]) for key, chosen in levels.items() if chosen == level and key.startswith("team:")],
        )
        for level, _ in LEVELS
    }


def _highest_levels(access_list: Mapping[str, AccessEntry]) -> dict[Any, str]:
    """Return the highest level by user id, group id, or `EVERYONE`."""
    levels: dict[Any, str] = {}
    for level, _ in LEVELS:  # from the lowest to the highest
        entry = access_list[level]
        levels |= dict.fromkeys([*entry.users, *entry.groups], level)
        if entry.everyone:
            levels[EVERYONE] = level
    return levels
