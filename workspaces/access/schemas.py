"""Request and response bodies about access to a workspace.

See docs/contract/cloud-api.md, "Access to workspaces". `filters` has the bodies that filter lists.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, RootModel

from workspaces.shapes import Body, Many, Resource

MAX_GRANTS = 200  # that one request may create


class UserAccessCreate(Body):
    user_id: UUID
    workspace_role_id: UUID


class BotAccessCreate(Body):
    bot_id: UUID
    workspace_role_id: UUID


class TeamAccessCreate(Body):
    team_id: UUID
    workspace_role_id: UUID


class UserAccesses(RootModel[UserAccessCreate | Annotated[Many[UserAccessCreate], Field(max_length=MAX_GRANTS)]]):
    """One role to grant, or several."""


class BotAccesses(RootModel[BotAccessCreate | Annotated[Many[BotAccessCreate], Field(max_length=MAX_GRANTS)]]):
    """One role to grant, or several."""


class TeamAccesses(RootModel[Annotated[Many[TeamAccessCreate], Field(max_length=MAX_GRANTS)]]):
    """The roles to grant to teams."""


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
    """A person or service account that may enter the workspace. Service accounts have no email address."""

    id: UUID
    name: str
    email: str | None
    type: Literal["user", "service_account"]
