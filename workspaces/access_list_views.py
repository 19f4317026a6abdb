"""Endpoints for the access list of an object that users may view, run and manage: a deployment or a work pool.

See docs/contract/roles.md, "Access lists of objects". A noun configures `AccessListView`:

    class DeploymentAccessView(AccessListView):
        noun = "deployment"
        required_scopes = {"GET": scopes.SEE_DEPLOYMENTS, "PUT": scopes.MANAGE_DEPLOYMENTS}

        def find(self, level): ...
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic import Field
from rest_framework.request import Request

from accounts.models import User
from core.rest.descriptions import Described
from core.rest.responses import Answer, NoContent
from orgs.models import Team
from rbac.access_lists import LEVELS, MANAGE, VIEW, AccessControlled, AccessEntry, permitted_levels, read_list
from workspaces import shapes
from workspaces.access_lists import AccessRequest, bypasses_lists, set_access_list, visible_rows
from workspaces.rest import WorkspaceView
from workspaces.shapes import Body, Resource, Values

EVERYONE = "*"
ActorIds = Values[UUID | Literal["*"]]


class ObjectActorAccess(Resource):
    """A user, a service account, a team or everyone on a list."""

    id: UUID | Literal["*"]
    name: str
    email: str | None
    type: Literal["user", "service_account", "team", "*"]


class ObjectAccess(Resource):
    manage_actors: list[ObjectActorAccess]
    run_actors: list[ObjectActorAccess]
    view_actors: list[ObjectActorAccess]


class ReplaceAccess(Body):
    """Who is to have each level. `*` among the actors is everyone."""

    manage_actor_ids: ActorIds
    run_actor_ids: ActorIds
    view_actor_ids: ActorIds
    manage_team_ids: Values[UUID] = []
    run_team_ids: Values[UUID] = []
    view_team_ids: Values[UUID] = []

    def requests(self) -> dict[str, AccessRequest]:
        """Return the request for each level."""
        return {
            level: AccessRequest(
                everyone=EVERYONE in getattr(self, f"{level}_actor_ids"),
                actors=[actor for actor in getattr(self, f"{level}_actor_ids") if actor != EVERYONE],
                teams=getattr(self, f"{level}_team_ids"),
            )
            for level, _ in LEVELS
        }


class AccessReplacement(shapes.Request):
    access_control: ReplaceAccess


AccessLevels = dict[UUID, list[Annotated[str, Field(description="view, run or manage")]]]


class AccessListView(WorkspaceView):
    """Read and replace the access list of one object."""

    noun: ClassVar[str]  # as audit entries name the object, such as "deployment"

    def find(self, level: str) -> Any:
        """Return the object in the URL. Raises `NotFound`, and `Forbidden` if the caller does not have the level."""
        raise NotImplementedError

    @classmethod
    def described(cls, method: str) -> Described | None:
        noun = cls.noun.replace("-", "_")
        return {
            "get": Described(f"read_{noun}_access", None, {200: ObjectAccess}),
            "put": Described(f"set_{noun}_access", AccessReplacement, {204: None}),
        }.get(method)

    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(serialize_list(self.find(VIEW)))

    def put(self, request: Request, **kwargs: Any) -> HttpResponse:
        wanted = self.body(AccessReplacement).access_control.requests()
        row = self.find(MANAGE)
        set_access_list(
            row, wanted, access=self.access, user=self.user, noun=self.noun, name=row.name, actor=self.actor
        )
        return NoContent()


class MyAccessView(WorkspaceView):
    """The base of the endpoints that say which levels the caller has on several objects, by role and access list."""

    level_scopes: ClassVar[Mapping[str, str]]  # the scope that a role needs for each level
    governed_by: ClassVar[str] = ""

    def levels(self, rows: QuerySet[Any]) -> AccessLevels:
        """Return the levels of the caller on each row that they may view, by its id."""
        levels = [level for level, _ in LEVELS if self.access.allows(self.level_scopes[level])]
        if bypasses_lists(self.access):
            return dict.fromkeys(rows.values_list("pk", flat=True), levels)
        visible = visible_rows(rows, self.access, self.user, VIEW, governed_by=self.governed_by)
        return permitted_levels(visible, self.user.id, levels, governed_by=self.governed_by)


def serialize_list(row: AccessControlled) -> dict[str, Any]:
    """Return an object's access list in the form of `ObjectAccess`."""
    entries = read_list(row)
    users = User.actors.in_bulk({user for entry in entries.values() for user in entry.users})
    groups = {group for entry in entries.values() for group in entry.groups}
    teams = {team.group_id: team for team in Team.objects.filter(group__in=groups)}
    return {f"{level}_actors": _actors(entry, users, teams) for level, entry in entries.items()}


def _actors(entry: AccessEntry, users: Mapping[Any, User], teams: Mapping[Any, Team]) -> list[dict[str, Any]]:
    everyone = [{"id": EVERYONE, "name": EVERYONE, "email": None, "type": EVERYONE}] if entry.everyone else []
    people = [
        {"id": user.id, "name": user.name, "email": user.email if user.is_person else None, "type": user.kind}
        for user in (users[user_id] for user_id in entry.users if user_id in users)
    ]
    listed_teams = [
        {"id": team.id, "name": team.name, "email": None, "type": "team"}
        for team in (teams[group] for group in entry.groups if group in teams)
    ]
    return everyone + sorted(people + listed_teams, key=lambda actor: (actor["name"], str(actor["id"])))
