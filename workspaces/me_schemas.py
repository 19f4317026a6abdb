"""The workspaces of one person: what the account API gives (cloud-api.md 2.1)."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class MyWorkspace(BaseModel):
    """All seven are required; the client refuses nulls."""

    account_id: UUID
    account_name: str
    account_handle: str
    workspace_id: UUID
    workspace_name: str
    workspace_description: str
    workspace_handle: str


class Workspace(BaseModel):
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
