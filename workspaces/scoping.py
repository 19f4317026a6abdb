"""The tenant, found once: from the address to the workspace and what the caller may do there."""

from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from rbac import scopes
from workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Access:
    """A workspace that somebody has entered, and the scopes held in it."""

    workspace: Workspace
    scopes: frozenset[str]

    def allows(self, scope: str) -> bool:
        return scope in self.scopes


def enter(user: User, workspace_id: UUID, account_id: UUID | None = None) -> Access | None:
    """The user's access to a workspace; None for one that does not exist or that the user may not enter, alike."""
    found = Workspace.objects.open_to(user).select_related("account").filter(id=workspace_id)
    if account_id is not None:
        found = found.filter(account=account_id)
    workspace = found.first()
    return None if workspace is None else Access(workspace, scopes.ALL)
