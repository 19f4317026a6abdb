"""The tenant, found once: from the address to the workspace and what the caller may do there."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Account, ApiKey, User
from accounts.services.keys import by_digest, digests, key_in_force
from auditlog.statements import Prepared, all_columns, ask_both, load
from rbac import scopes
from workspaces.models import Workspace

_WORKSPACE_COLUMNS = len(all_columns(Workspace))
_COLUMNS = (*all_columns(Workspace), *(f"account__{column}" for column in all_columns(Account)))
_open_to = Prepared(
    lambda workspace, user, again: (
        Workspace.objects.open_to_ids(user, again).filter(id=workspace).values_list(*_COLUMNS)
    )
)
_open_to_key = Prepared(
    lambda workspace, digest, again: (
        Workspace.objects.open_to_ids(_holder(digest), _holder(again)).filter(id=workspace).values_list(*_COLUMNS)
    )
)


def _holder(digest: str) -> QuerySet[ApiKey, Any]:
    return ApiKey.objects.filter(digest=digest).values("user")[:1]


@dataclass(frozen=True, slots=True)
class Access:
    """A workspace that somebody has entered, and the scopes held in it."""

    workspace: Workspace
    scopes: frozenset[str]

    def allows(self, scope: str) -> bool:
        return scope in self.scopes


def enter(user: User, workspace_id: UUID, account_id: UUID | None = None) -> Access | None:
    """The user's access to a workspace; None for one that does not exist or that the user may not enter, alike."""
    return _access(_open_to.first(workspace_id, user.id, user.id), account_id)


def enter_with_key(value: str, workspace_id: UUID, account_id: UUID) -> tuple[ApiKey | None, Access | None]:
    """The key in force with this value, and its user's access to a workspace: one round trip for both."""
    for digest in digests(value):
        keys, workspaces = ask_both(by_digest, [digest], _open_to_key, [workspace_id, digest, digest])
        if keys and (key := key_in_force(keys[0])) is not None:
            return key, _access(next(iter(workspaces), None), account_id)
    return None, None


def _access(row: tuple[Any, ...] | None, account_id: UUID | None) -> Access | None:
    if row is None:
        return None
    workspace: Workspace = load(Workspace, row[:_WORKSPACE_COLUMNS])
    if account_id is not None and workspace.account_id != account_id:
        return None
    workspace.account = load(Account, row[_WORKSPACE_COLUMNS:])
    return Access(workspace, scopes.ALL)
