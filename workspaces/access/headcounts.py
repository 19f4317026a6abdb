"""Numbers of those who may enter workspaces, and of workspaces that members may enter, for a page of rows at once."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import Account, User
from auditlog.actors import USER
from orgs.models import Membership
from workspaces.entry_rules import groups_with_access, owns_every_workspace
from workspaces.models import Workspace

_UserGroup: Any = User.groups.through


@dataclass(frozen=True, slots=True)
class Headcount:
    """The numbers of active people and service accounts that may enter a workspace."""

    people: int
    service_accounts: int


def count_entered_workspaces(account: Account, members: Collection[Membership]) -> dict[UUID, int]:
    """Return by user the number of the account's workspaces that the member may enter, or could if not suspended."""
    groups_of = _group_pairs(
        _UserGroup.objects.filter(user__in=[member.user_id for member in members]).values_list("user", "group")
    )
    groups = set().union(*groups_of.values())
    opened_by: dict[int, set[UUID]] = defaultdict(set)
    for workspace, let_in in groups_with_access(content_object__account=account, group__in=groups).items():
        for group in let_in:
            opened_by[group].add(workspace)
    all_workspaces = Workspace.objects.filter(account=account).count()
    return {
        member.user_id: all_workspaces
        if owns_every_workspace(member.role)
        else len(set().union(*(opened_by[group] for group in groups_of[member.user_id])))
        for member in members
    }


def headcounts_of(account: Account, workspaces: Collection[Workspace]) -> dict[UUID, Headcount]:
    """Return by workspace the numbers of those who may enter it: three queries. All workspaces are of the account."""
    members = list(Membership.objects.filter(account=account, active=True).values_list("user", "user__kind", "role"))
    people = {user for user, kind, _ in members if kind == USER}
    owners = {user for user, _, role in members if owns_every_workspace(role)}
    if account.user_id is not None:
        people.add(account.user_id)
        owners.add(account.user_id)
    belonging = owners | {user for user, _, _ in members}
    groups = groups_with_access(content_object__in=[workspace.id for workspace in workspaces])
    user_groups = _UserGroup.objects.filter(group__in=set().union(*groups.values()))
    users_in = _group_pairs(user_groups.values_list("group", "user"))
    headcounts = {}
    for workspace in workspaces:
        let_in = set().union(*(users_in[group] for group in groups[workspace.id]))
        inside = owners | (let_in & belonging)
        headcounts[workspace.id] = Headcount(len(inside & people), len(inside - people))
    return headcounts


def _group_pairs(rows: Any) -> "defaultdict[Any, set[Any]]":
    """Group pairs: return the set of second values by first value."""
    grouped: defaultdict[Any, set[Any]] = defaultdict(set)
    for key, value in rows:
        grouped[key].add(value)
    return grouped
