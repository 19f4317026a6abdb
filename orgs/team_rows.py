"""Teams as lists show them: found by conditions, and read with their members and workspaces in three queries."""

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

_Place: Any = User.groups.through
_ORDERS = {"NAME_ASC": "name", "NAME_DESC": "-name", "CREATED_ASC": "created", "CREATED_DESC": "-created"}


def teams_of(account: Account) -> QuerySet[Team]:
    """The account's teams; that of everyone is no team to whoever looks."""
    return Team.objects.filter(account=account, everyone=False)


def found(account: Account, body: schemas.TeamsBody) -> QuerySet[Team]:
    """The teams that fit, in the order asked for."""
    conditions = Q()
    if body.teams:
        conditions &= _of_team(body.teams)
    if body.users and (user := _of_user(body.users)):
        conditions &= _with_member(user & Q(kind=USER))
    if body.bots and (bot := _of_bot(body.bots)):
        conditions &= _with_member(bot & Q(kind=SERVICE_ACCOUNT))
    return teams_of(account).filter(conditions).order_by(_ORDERS[body.sort or "NAME_ASC"], "id")


def read(teams: Iterable[Team]) -> list[dict[str, object]]:
    """Each team with its members and the workspaces it was let into."""
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
        _Place.objects.filter(group__in=groups)
        .order_by("user__first_name", "user__last_name", "user")
        .values_list(
            "group", "user", "user__kind", "user__email", "user__first_name", "user__last_name",
            "user__personal_account__handle",
        )
    )  # fmt: skip
    told: dict[int, list[dict[str, object]]] = defaultdict(list)
    for group, user, kind, email, first, last, handle in rows:
        name = f"{first} {last}".strip() or email
        person = kind == USER
        told[group].append(
            {
                "id": user,
                "handle": handle or "" if person else name,
                "name": name,
                "email": email if person else None,
                "type": kind,
            }
        )
    return told


def _workspaces(groups: list[int]) -> dict[int, list[dict[str, object]]]:
    grants = Grant.objects.filter(group__in=groups).select_related("workspace", "role").order_by("workspace__handle")
    told: dict[int, list[dict[str, object]]] = defaultdict(list)
    for grant in grants:
        assert grant.group_id is not None  # found by it
        told[grant.group_id].append(
            {
                "workspace_id": grant.workspace_id,
                "workspace_handle": grant.workspace.handle,
                "workspace_role_id": grant.role_id,
                "workspace_role_name": grant.role.name,
            }
        )
    return told


def _of_team(asked: schemas.TeamFilter) -> Q:
    conditions = Q()
    for column, part in (("id", asked.id), ("name", asked.name), ("directory_group_id", asked.directory_id)):
        conditions &= part.q(column) if part else Q()
    granted = asked.workspace_id.q("workspace") if asked.workspace_id else Q()
    granted &= asked.workspace_role_id.q("role") if asked.workspace_role_id else Q()
    if granted:
        conditions &= Q(Exists(Grant.objects.filter(granted, group=OuterRef("group"))))
    if member := asked.member_id and asked.member_id.q("id"):
        conditions &= _with_member(member)
    return conditions


def _of_user(asked: schemas.UserFilter) -> Q:
    conditions = Q()
    for column, part in (
        ("id", asked.id),
        ("personal_account__handle", asked.handle),
        ("email", asked.email),
        ("full_name", asked.name),
    ):
        conditions &= part.q(column) if part else Q()
    return conditions


def _of_bot(asked: BotFilter) -> Q:
    conditions = asked.id.q("id") if asked.id else Q()
    return conditions & (asked.name.q("first_name") if asked.name else Q())


def _with_member(condition: Q) -> Q:
    users = User.actors.annotate(full_name=Concat("first_name", Value(" "), "last_name"))
    return Q(Exists(users.filter(condition, groups=OuterRef("group"))))
