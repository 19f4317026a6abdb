"""Request and response bodies of the trash. Prefect Cloud has no such endpoints."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from workspaces.shapes import Body, Text


class RestoreWorkspace(Body):
    """The handle is only needed if another workspace has the old one meanwhile."""

    handle: Annotated[Text, Field(max_length=5000)] | None = None


class RestoredWorkspace(BaseModel):
    id: UUID
    account_id: UUID
    name: str
    handle: str


class InTrash(BaseModel):
    """A deleted workspace or organization. `removed_rows` of about `total_rows` are gone once the removal runs."""

    name: str
    handle: str
    deleted: datetime
    deleted_by: str
    restorable_until: datetime | None
    restorable: bool
    removal_started: datetime | None
    removal_finished: datetime | None
    removed_rows: int
    total_rows: int | None


class WorkspaceInTrash(InTrash):
    workspace_id: UUID


class OrganizationInTrash(InTrash):
    account_id: UUID
