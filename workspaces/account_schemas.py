"""Workspaces as things of their account: what the API takes and gives (cloud-api.md 2.7)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from orgs.filters import Exact, Ids, Page, Part
from workspaces.models import WorkspaceQuerySet
from workspaces.shapes import Body, Resource, Text

Name = Annotated[Text, Field(max_length=500)]
Handle = Annotated[Text, Field(max_length=5000)]
Description = Annotated[Text, Field(max_length=5000)]


class WorkspaceCreate(Body):
    name: Name
    handle: Handle
    description: Description | None = ""


class WorkspaceUpdate(Body):
    """What is missing or null stays as it is: Terraform sends null for a default role that it does not know of."""

    name: Name | None = None
    handle: Handle | None = None
    description: Description | None = None
    default_workspace_role_id: UUID | None = None


class Workspace(Resource):
    """The description is never null; clients would fall over it."""

    id: UUID
    created: datetime
    updated: datetime
    account_id: UUID
    name: str
    handle: str
    description: str
    default_workspace_role_id: UUID | None
    is_public: bool


class Settings(Resource):
    inherit_default_result_storage: bool
    default_result_storage_block_id: UUID | None


class SettingsUpdate(Body):
    """What is missing stays as it is. A null block is none."""

    inherit_default_result_storage: bool | None = None
    default_result_storage_block_id: UUID | None = None


class WorkspaceFilter(Part):
    id: Ids | None = None
    handle: Exact | None = None

    def of(self, rows: WorkspaceQuerySet) -> WorkspaceQuerySet:
        if self.id is not None:
            rows = rows.filter(self.id.q("id"))
        return rows if self.handle is None else rows.filter(self.handle.q("handle"))


class WorkspacesBody(Page):
    workspaces: WorkspaceFilter | None = None
