"""Teams: what the account API takes and gives (cloud-api.md 2.5)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from accounts.rest.shapes import Many, Text, Time
from orgs.filters import Exact, Ids, IdsOrNot, Like, Names, Page, Part
from orgs.schemas.bots import BotFilter

Name = Annotated[Text, Field(max_length=500)]
LongText = Annotated[Text, Field(max_length=5000)]
Kind = Literal["user", "service_account"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TeamCreate(Body):
    name: Name
    description: LongText | None = ""


class TeamUpdate(TeamCreate):
    """An absent or null description empties it; an absent or null directory group stays."""

    workos_directory_group_id: Name | None = None


class MemberGiven(Body):
    member_id: UUID
    member_type: Kind


class MembersGiven(BaseModel):
    members: Annotated[Many[MemberGiven], Field(max_length=1000)]


class TeamFilter(Part):
    id: Ids | None = None
    name: Names | None = None
    directory_id: Exact | None = None
    # Of a team that has one of these roles in one of these workspaces.
    workspace_id: Ids | None = None
    workspace_role_id: Ids | None = None
    member_id: Ids | None = None


class UserFilter(Part):
    id: IdsOrNot | None = None
    handle: Names | None = None
    email: Names | None = None
    name: Like | None = None


class TeamsBody(Page):
    teams: TeamFilter | None = None
    # Teams with such a member.
    users: UserFilter | None = None
    bots: BotFilter | None = None
    sort: Literal["NAME_ASC", "NAME_DESC", "CREATED_ASC", "CREATED_DESC"] | None = None


class Member(BaseModel):
    """`id` is the actor's. A service account has its name as its handle."""

    id: UUID
    handle: str
    name: str
    email: str | None
    type: Kind


class TeamWorkspace(BaseModel):
    workspace_id: UUID
    workspace_handle: str
    workspace_role_id: UUID
    workspace_role_name: str


class Team(BaseModel):
    id: UUID
    created: Time
    updated: Time
    account_id: UUID
    name: str
    description: str
    workos_directory_group_id: str | None
    memberships: list[Member]
    workspaces: list[TeamWorkspace]
