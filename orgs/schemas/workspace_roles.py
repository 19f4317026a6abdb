"""Workspace roles: what the account API takes and gives (cloud-api.md 2.7)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from accounts.rest.shapes import Many, Text
from orgs.filters import Exact, Page, Part

Name = Annotated[Text, Field(max_length=200)]
Description = Annotated[Text, Field(max_length=140)]
# Terraform sends null for an empty list.
Scopes = Many[Text] | None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WorkspaceRoleCreate(_Strict):
    name: Name
    description: Description = ""
    scopes: Scopes = []
    inherited_role_id: UUID | None = None


class WorkspaceRoleUpdate(_Strict):
    """What is missing stays as it is. Null scopes are none, and so is a null inherited role."""

    name: Name | None = None
    description: Description | None = None
    scopes: Scopes = []
    inherited_role_id: UUID | None = None


class WorkspaceRole(BaseModel):
    id: UUID
    created: datetime
    updated: datetime
    account_id: UUID | None
    name: str
    description: str
    # The scopes by an older name.
    permissions: Annotated[list[str], Field(deprecated=True)]
    scopes: list[str]
    inherited_role_id: UUID | None


class WorkspaceRoleFilter(Part):
    name: Exact | None = None
    is_global: bool | None = None


class WorkspaceRolesBody(Page):
    workspace_roles: WorkspaceRoleFilter | None = None
