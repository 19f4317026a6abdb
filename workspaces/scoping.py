"""The tenant, found once: from the address to the workspace and what the caller may do there."""

from dataclasses import dataclass
from uuid import UUID

from accounts.models import Account, User
from auditlog.statements import Prepared, all_columns, load
from rbac import scopes
from workspaces.models import Workspace

_WORKSPACE_COLUMNS = len(all_columns(Workspace))
_open_to = Prepared(
    lambda workspace, user, again: (
        Workspace.objects.open_to_ids(user, again)
        .filter(id=workspace)
        .values_list(*all_columns(Workspace), *(f"account__{column}" for column in all_columns(Account)))
    )
)


@dataclass(frozen=True, slots=True)
class Access:
    """A workspace that somebody has entered, and the scopes held in it."""

    workspace: Workspace
    scopes: frozenset[str]

    def allows(self, scope: str) -> bool:
        return scope in self.scopes


def enter(user: User, workspace_id: UUID, account_id: UUID | None = None) -> Access | None:
    """The user's access to a workspace; None for one that does not exist or that the user may not enter, alike."""
    row = _open_to.first(workspace_id, user.id, user.id)
    if row is None:
        return None
    workspace: Workspace = load(Workspace, row[:_WORKSPACE_COLUMNS])
    if account_id is not None and workspace.account_id != account_id:
        return None
    workspace.account = load(Account, row[_WORKSPACE_COLUMNS:])
    return Access(workspace, scopes.ALL)
