"""Schemas of teams (docs/contract/cloud-api.md, "Teams")."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from core.rest.filters import Exact, Ids, IdsOrNot, Like, Names, Page, Part
from core.rest.shapes import Many, Strict, Text, Time
from orgs.schemas.bots import BotFilter

Name = Annotated[Text, Field(max_length=500)]
LongText = Annotated[Text, Field(max_length=5000)]
Kind = Literal["user", "service_account"]


class TeamCreate(Strict):
    name: Name
    description: LongText | None = ""


class TeamUpdate(TeamCreate):
    """The new values. A missing or null description clears it. A missing or null directory group does not change."""

    workos_directory_group_id: Name | None = None


class MemberGiven(Strict):
    member_id: UUID
    member_type: Kind


class MembersGiven(BaseModel):
    members: Annotated[Many[MemberGiven], Field(max_length=1000)]


class TeamFilter(Part):
    id: Ids | None = None
    name: Names | None = None
    directory_id: Exact | None = None
    # Teams that have one of these roles in one of these workspaces.
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
    # Teams with a member that matches.
    users: UserFilter | None = None
    bots: BotFilter | None = None
    sort: Literal["NAME_ASC", "NAME_DESC", "CREATED_ASC", "CREATED_DESC"] | None = None


class Member(BaseModel):
    """A member of a team. `id` is that of the user or service account. A service account's handle is its name."""

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
