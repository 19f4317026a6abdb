"""Schemas of workspace roles.

See docs/contract/cloud-api.md, "Workspaces and workspace roles".
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from core.rest.filters import Exact, Page, Part
from core.rest.shapes import Many, Strict, Text

Name = Annotated[Text, Field(max_length=200)]
Description = Annotated[Text, Field(max_length=140)]
# Terraform sends null for an empty list.
Scopes = Many[Text] | None


class WorkspaceRoleCreate(Strict):
    name: Name
    description: Description = ""
    scopes: Scopes = []
    inherited_role_id: UUID | None = None


class WorkspaceRoleUpdate(Strict):
    """The fields to change. Missing fields do not change. Null for scopes or the inherited role clears them."""

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
    # The former name of `scopes`.
    permissions: Annotated[list[str], Field(deprecated=True)]
    scopes: list[str]
    inherited_role_id: UUID | None


class WorkspaceRoleFilter(Part):
    name: Exact | None = None
    is_global: bool | None = None


class WorkspaceRolesBody(Page):
    workspace_roles: WorkspaceRoleFilter | None = None
