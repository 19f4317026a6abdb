"""Bodies that filter, sort and page the grants of a workspace.

See docs/contract/cloud-api.md, "Access to workspaces".
"""

from typing import Literal

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat

from core.rest.filters import Ids, IdsOrNot, Like, Names, Page, Part
from rbac.models import Grant

Grants = QuerySet[Grant]


class AccessFilter(Part):
    workspace_role_id: Ids | None = None
    actor_id: Ids | None = None

    def q(self) -> Q:
        return _matching(role=self.workspace_role_id, user=self.actor_id)


class UserFilter(Part):
    id: IdsOrNot | None = None
    email: Names | None = None
    handle: Names | None = None
    name: Like | None = None

    def q(self) -> Q:
        return _matching(
            user=self.id, user__email=self.email, user__personal_account__handle=self.handle, name=self.name
        )


class BotFilter(Part):
    id: Ids | None = None
    name: Names | None = None

    def q(self) -> Q:
        return _matching(user=self.id, user__first_name=self.name)


UserSort = Literal[
    "CREATED_ASC", "CREATED_DESC", "NAME_ASC", "NAME_DESC", "EMAIL_ASC", "EMAIL_DESC", "HANDLE_ASC", "HANDLE_DESC"
]
BotSort = Literal["CREATED_ASC", "CREATED_DESC", "BOT_NAME_ASC", "BOT_NAME_DESC"]
_SORT_COLUMNS = {
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

    def apply(self, grants: Grants) -> Grants:
        with_names = grants.annotate(name=Concat("user__first_name", Value(" "), "user__last_name"))
        filters = [part.q() for part in (self.workspace_accesses, self.users) if part is not None]
        return _sort(with_names.filter(*filters), self.sort)[self.window]


class BotAccessesBody(Page):
    workspace_accesses: AccessFilter | None = None
    bots: BotFilter | None = None
    sort: BotSort | None = None

    def apply(self, grants: Grants) -> Grants:
        filters = [part.q() for part in (self.workspace_accesses, self.bots) if part is not None]
        return _sort(grants.filter(*filters), self.sort)[self.window]


class TeamAccessesBody(Page):
    def apply(self, grants: Grants) -> Grants:
        return _sort(grants, None)[self.window]


def _matching(**conditions: Ids | Names | Like | None) -> Q:
    """Return the condition that each column matches its filter. None matches everything."""
    query = Q()
    for column, condition in conditions.items():
        if condition is not None:
            query &= condition.q(column)
    return query


def _sort(grants: Grants, sort: str | None) -> Grants:
    column, _, direction = (sort or "CREATED_ASC").rpartition("_")
    order = F(_SORT_COLUMNS[column])
    return grants.order_by(order.desc() if direction == "DESC" else order.asc(), "id")
