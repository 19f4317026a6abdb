"""Who was let into a workspace: what the API takes and gives (cloud-api.md 2.8)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat
from pydantic import Field, RootModel

from orgs.filters import Ids, IdsOrNot, Like, Names, Page, Part
from rbac.models import Grant
from workspaces.shapes import Body, Many, Resource

# How many may be let in by one call.
MOST = 200
Grants = QuerySet[Grant]


class UserAccessCreate(Body):
    user_id: UUID
    workspace_role_id: UUID


class BotAccessCreate(Body):
    bot_id: UUID
    workspace_role_id: UUID


class TeamAccessCreate(Body):
    team_id: UUID
    workspace_role_id: UUID


class UserAccesses(RootModel[UserAccessCreate | Annotated[Many[UserAccessCreate], Field(max_length=MOST)]]):
    """One, or several."""


class BotAccesses(RootModel[BotAccessCreate | Annotated[Many[BotAccessCreate], Field(max_length=MOST)]]):
    """One, or several."""


class TeamAccesses(RootModel[Annotated[Many[TeamAccessCreate], Field(max_length=MOST)]]):
    """Always several."""


class Access(Resource):
    id: UUID
    created: datetime
    updated: datetime
    workspace_id: UUID
    workspace_role_id: UUID


class UserAccess(Access):
    actor_id: UUID
    user_id: UUID
    first_name: str
    last_name: str
    email: str
    handle: str


class BotAccess(Access):
    actor_id: UUID
    bot_id: UUID
    bot_name: str


class TeamAccess(Access):
    team_id: UUID


class NamedTeamAccess(TeamAccess):
    team_name: str


class Actor(Resource):
    """Who may enter. Service accounts have no address."""

    id: UUID
    name: str
    email: str | None
    type: Literal["user", "service_account"]


class AccessFilter(Part):
    workspace_role_id: Ids | None = None
    actor_id: Ids | None = None

    def q(self) -> Q:
        return _asked(role=self.workspace_role_id, user=self.actor_id)


class UserFilter(Part):
    id: IdsOrNot | None = None
    email: Names | None = None
    handle: Names | None = None
    name: Like | None = None

    def q(self) -> Q:
        return _asked(user=self.id, user__email=self.email, user__personal_account__handle=self.handle, name=self.name)


class BotFilter(Part):
    id: Ids | None = None
    name: Names | None = None

    def q(self) -> Q:
        return _asked(user=self.id, user__first_name=self.name)


UserSort = Literal[
    "CREATED_ASC", "CREATED_DESC", "NAME_ASC", "NAME_DESC", "EMAIL_ASC", "EMAIL_DESC", "HANDLE_ASC", "HANDLE_DESC"
]
BotSort = Literal["CREATED_ASC", "CREATED_DESC", "BOT_NAME_ASC", "BOT_NAME_DESC"]
_COLUMNS = {
    "CREATED": "created",
    "NAME": "name",
    "EMAIL": "user__email",
    "HANDLE": "user__personal_account__handle",
    "BOT_NAME": "user__first_name",
}


class UserAccessesBody(Page):
    workspace_accesses: AccessFilter | None = None
    users: UserFilter | None = None
    sort: UserSort | None = None

    def of(self, rows: Grants) -> Grants:
        named = rows.annotate(name=Concat("user__first_name", Value(" "), "user__last_name"))
        found = named.filter(*(part.q() for part in (self.workspace_accesses, self.users) if part is not None))
        return _sorted(found, self.sort)[self.window]


class BotAccessesBody(Page):
    workspace_accesses: AccessFilter | None = None
    bots: BotFilter | None = None
    sort: BotSort | None = None

    def of(self, rows: Grants) -> Grants:
        found = rows.filter(*(part.q() for part in (self.workspace_accesses, self.bots) if part is not None))
        return _sorted(found, self.sort)[self.window]


class TeamAccessesBody(Page):
    def of(self, rows: Grants) -> Grants:
        return _sorted(rows, None)[self.window]


def _asked(**conditions: Ids | Names | Like | None) -> Q:
    found = Q()
    for column, condition in conditions.items():
        if condition is not None:
            found &= condition.q(column)
    return found


def _sorted(rows: Grants, sort: str | None) -> Grants:
    column, _, direction = (sort or "CREATED_ASC").rpartition("_")
    order = F(_COLUMNS[column])
    return rows.order_by(order.desc() if direction == "DESC" else order.asc(), "id")
