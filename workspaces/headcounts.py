"""How many may enter, and how many one may enter: counted from grants, for a page of rows at a time."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Account, User
from auditlog.actors import USER
from orgs.models import Membership
from rbac.models import Grant
from rbac.permissions import IMPLICIT_WORKSPACE_OWNERS
from workspaces.models import Workspace

# A role of an account's own may hold nothing; who has only that one stays outside.
_EMPTY_ROLE = Q(role__account__isnull=False, role__inherits=None, role__scopes=[])


@dataclass(frozen=True, slots=True)
class Heads:
    """The active people and service accounts that may enter a workspace."""

    people: int
    service_accounts: int


def workspaces_entered(account: Account, members: Collection[Membership]) -> dict[UUID, int]:
    """By user: how many of the account's workspaces each of these members may enter while the membership is active."""
    users = [member.user_id for member in members]
    grants = _grants(account)
    direct: dict[UUID, set[UUID]] = defaultdict(set)
    for user, workspace in grants.filter(user__in=users).values_list("user", "workspace"):
        direct[user].add(workspace)
    teams = _pairs(_places(account).filter(user__in=users).values_list("user", "group"))
    of_team = _pairs(grants.filter(group__in=set().union(*teams.values())).values_list("group", "workspace"))
    every = Workspace.objects.filter(account=account).count()
    return {
        member.user_id: every
        if member.role in IMPLICIT_WORKSPACE_OWNERS
        else len(direct[member.user_id].union(*(of_team[group] for group in teams[member.user_id])))
        for member in members
    }


def heads_in(account: Account, workspaces: Collection[Workspace]) -> dict[UUID, Heads]:
    """By workspace of the account: how many may enter it. Three queries; the account's members are read once."""
    ids = [workspace.id for workspace in workspaces]
    members = list(Membership.objects.filter(account=account, active=True).values_list("user", "user__kind", "role"))
    people = {user for user, kind, _ in members if kind == USER}
    owners = {user for user, _, role in members if role in IMPLICIT_WORKSPACE_OWNERS}
    everybody = {user for user, _, _ in members}
    if account.user_id is not None:
        for some in (people, owners, everybody):
            some.add(account.user_id)
    in_team = defaultdict(set, {group: users & everybody for group, users in _members(account).items()})
    inside: dict[UUID, set[UUID]] = {workspace: set(owners) for workspace in ids}
    granted = _grants(account).filter(workspace__in=ids)
    for workspace, user, group in granted.values_list("workspace", "user", "group"):
        inside[workspace] |= in_team[group] if group is not None else {user} & everybody
    return {
        workspace: Heads(len(users & people), len(users) - len(users & people)) for workspace, users in inside.items()
    }


def _grants(account: Account) -> QuerySet[Grant]:
    return Grant.objects.filter(workspace__account=account).exclude(_EMPTY_ROLE)


def _places(account: Account) -> Any:
    """Who is in which of the account's teams, the one of everyone included."""
    return User.groups.through.objects.filter(group__team__account=account)


def _members(account: Account) -> dict[Any, set[Any]]:
    return _pairs(_places(account).values_list("group", "user"))


def _pairs(rows: Any) -> "defaultdict[Any, set[Any]]":
    found: defaultdict[Any, set[Any]] = defaultdict(set)
    for one, other in rows:
        found[one].add(other)
    return found
