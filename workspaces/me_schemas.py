"""The workspaces of one person: what the account API gives (cloud-api.md 2.1)."""

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
