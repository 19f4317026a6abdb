"""Request and response bodies of the account API of workspaces.

See docs/contract/cloud-api.md, "Workspaces and workspace roles".
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from core.rest.filters import Exact, Ids, Page, Part
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
    """Missing and null fields stay unchanged: Terraform sends null for a default role that it does not manage."""

    name: Name | None = None
    handle: Handle | None = None
    description: Description | None = None
    default_workspace_role_id: UUID | None = None


class Workspace(Resource):
    """A workspace. The description is never null, as clients fail on that."""

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
    """Missing fields stay unchanged. A null block id removes the block."""

    inherit_default_result_storage: bool | None = None
    default_result_storage_block_id: UUID | None = None


class WorkspaceFilter(Part):
    id: Ids | None = None
    handle: Exact | None = None

    def apply(self, rows: WorkspaceQuerySet) -> WorkspaceQuerySet:
        if self.id is not None:
            rows = rows.filter(self.id.q("id"))
        return rows if self.handle is None else rows.filter(self.handle.q("handle"))


class WorkspacesBody(Page):
    workspaces: WorkspaceFilter | None = None
