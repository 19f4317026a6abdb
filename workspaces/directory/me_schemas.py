"""Response bodies about the workspaces of the caller (docs/contract/cloud-api.md, "The caller")."""

from uuid import UUID

from pydantic import BaseModel


class MyWorkspace(BaseModel):
    """A workspace that the caller may enter. The client requires all fields and refuses nulls."""

    account_id: UUID
    account_name: str
    account_handle: str
    workspace_id: UUID
    workspace_name: str
    workspace_description: str
    workspace_handle: str
