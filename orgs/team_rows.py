"""Filter the teams of an account, and serialize them with their members and workspaces in three queries."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from accounts.models import Account, User
from auditlog.actors import SERVICE_ACCOUNT, USER
from orgs.models import Team
from orgs.schemas import teams as schemas
from orgs.schemas.bots import BotFilter
from rbac.models import Grant

_GroupMember: Any = User.groups.through
_ORDERS = {"NAME_ASC": "name", "NAME_DESC": "-name", "CREATED_ASC": "created", "CREATED_DESC": "-created"}


def teams_of(account: Account) -> QuerySet[Team]:
    """Return the account's teams without the team of everyone, which the API does not show."""
    return Team.objects.filter(account=account, everyone=False)


def matching_teams(account: Account, body: schemas.TeamsBody) -> QuerySet[Team]:
    """Return the account's teams that match the body's filters, in the order of the body's `sort`."""
    conditions = Q()
    if body.teams:
        conditions &= _team_q(body.teams)
    if body.users and (user := _user_q(body.users)):
        conditions &= _has_member_q(user & Q(kind=USER))
    if body.bots and (bot := _bot_q(body.bots)):
        conditions &= _has_member_q(bot & Q(kind=SERVICE_ACCOUNT))
    return teams_of(account).filter(conditions).order_by(_ORDERS[body.sort or "NAME_ASC"], "id")


def serialize_teams(teams: Iterable[Team]) -> list[dict[str, object]]:
    """Return the teams in the form of the API, with their members and the workspaces that they have a role in."""
    teams = list(teams)
    groups = [team.group_id for team in teams]
    members, workspaces = _members(groups), _workspaces(groups)
    return [
        {
            "id": team.id,
            "created": team.created,
            "updated": team.updated,
            "account_id": team.account_id,
            "name": team.name,
            "description": team.description,
            "workos_directory_group_id": team.directory_group_id or None,
            "memberships": members[team.group_id],
            "workspaces": workspaces[team.group_id],
        }
        for team in teams
    ]


def _members(groups: list[int]) -> dict[int, list[dict[str, object]]]:
    rows = (
        _GroupMember.objects.filter(group__in=groups)
        .order_by("user__first_name", "user__last_name", "user")
        .values_list(
            "group", "user", "user__kind", "user__email", "user__first_name", "user__last_name",
            "user__personal_account__handle",
        )
    )  # fmt: skip
    by_group: dict[int, list[dict[str, object]]] = defaultdict(list)
    for group, user, kind, email, first, last, handle in rows:
        name = f"{first} {last}".strip() or email
        person = kind == USER
        by_group[group].append(
            {
                "id": user,
                "handle": handle or "" if person else name,
                "name": name,
                "email": email if person else None,
                "type": kind,
            }
        )
    return by_group


def _workspaces(groups: list[int]) -> dict[int, list[dict[str, object]]]:
    grants = Grant.objects.filter(group__in=groups, workspace__trashed_at=None)
    grants = grants.select_related("workspace", "role").order_by("workspace__handle")
    by_group: dict[int, list[dict[str, object]]] = defaultdict(list)
    for grant in grants:
        assert grant.group_id is not None  # the query filters by it
        by_group[grant.group_id].append(
            {
                "workspace_id": grant.workspace_id,
                "workspace_handle": grant.workspace.handle,
                "workspace_role_id": grant.role_id,
                "workspace_role_name": grant.role.name,
            }
        )
    return by_group


def _team_q(filters: schemas.TeamFilter) -> Q:
    conditions = Q()
    for column, part in (("id", filters.id), ("name", filters.name), ("directory_group_id", filters.directory_id)):
        conditions &= part.q(column) if part else Q()
    granted = filters.workspace_id.q("workspace") if filters.workspace_id else Q()
    granted &= filters.workspace_role_id.q("role") if filters.workspace_role_id else Q()
    if granted:
        conditions &= Q(Exists(Grant.objects.filter(granted, group=OuterRef("group"), workspace__trashed_at=None)))
    if member := filters.member_id and filters.member_id.q("id"):
        conditions &= _has_member_q(member)
    return conditions


def _user_q(filters: schemas.UserFilter) -> Q:
    conditions = Q()
    for column, part in (
        ("id", filters.id),
        ("personal_account__handle", filters.handle),
        ("email", filters.email),
        ("full_name", filters.name),
    ):
        conditions &= part.q(column) if part else Q()
    return conditions


def _bot_q(filters: BotFilter) -> Q:
    conditions = filters.id.q("id") if filters.id else Q()
    return conditions & (filters.name.q("first_name") if filters.name else Q())


def _has_member_q(condition: Q) -> Q:
    users = User.actors.annotate(full_name=Concat("first_name", Value(" "), "last_name"))
    return Q(Exists(users.filter(condition, groups=OuterRef("group"))))
