"""Enter a workspace: turn a user or an API key and the ids in the URL into the workspace and the scopes held in it.

Endpoints, pages and websockets all begin here, so a workspace is looked up once for each request.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Subquery

from accounts.models import Account, ApiKey, User
from accounts.services.keys import by_digest, digests, key_in_force
from accounts.services.run_key_values import run_key_id
from core.db.statements import Prepared, all_columns, fetch_both, load
from rbac.effective import read_scopes
from workspaces.addresses import is_served
from workspaces.entry_rules import entering_members
from workspaces.models import Workspace
from workspaces.run_keys.bounds import RunBounds
from workspaces.run_keys.services import find_run_key

_WORKSPACE_COLUMNS = len(all_columns(Workspace))
_COLUMNS = (*all_columns(Workspace), *(f"account__{column}" for column in all_columns(Account)), "held")
_access_of_user = Prepared(
    lambda workspace, person, member, holder: (
        Workspace.objects.with_scopes_of(person, member, holder).filter(id=workspace).values_list(*_COLUMNS)
    )
)
_access_of_key = Prepared(
    lambda workspace, person, member, holder: (
        Workspace.objects.with_scopes_of(_user_of_key(person), Subquery(_user_of_key(member)), _user_of_key(holder))
        .filter(id=workspace)
        .values_list(*_COLUMNS)
    )
)


def _user_of_key(digest: str) -> QuerySet[ApiKey, Any]:
    return ApiKey.objects.filter(digest=digest).values("user")[:1]


@dataclass(frozen=True, slots=True)
class Access:
    """A workspace that a user or service account may enter, and the scopes that they hold in it."""

    workspace: Workspace
    scopes: frozenset[str]
    run: RunBounds | None = None  # what is reached, if the key is that of a flow run

    def allows(self, scope: str) -> bool:
        return scope in self.scopes


def enter(user: User, workspace_id: UUID, account_id: UUID | None = None) -> Access | None:
    """Return the user's access to a workspace, or None if it does not exist or they may not enter it.

    If `account_id` is given, the workspace must belong to that account.
    """
    return _access(_access_of_user.first(workspace_id, user.id, user.id, user.id), account_id)


def enter_with_key(value: str, workspace_id: UUID, account_id: UUID) -> tuple[ApiKey | None, Access | None]:
    """Return the valid key with this value, and its user's access to a workspace, in one round trip to the database.

    The key is None if no valid key has this value. The access is None in the same cases as for `enter`, except that
    after a transfer the id of the former account still works for a while. Clients do not follow redirects.

    If the value is that of the key of a flow run, the key is the API key that it was given to.
    """
    if (run_key := run_key_id(value)) is not None:
        return _enter_with_run_key(run_key, workspace_id, account_id)
    for digest in digests(value):
        keys, workspaces = fetch_both(by_digest, [digest], _access_of_key, [workspace_id, digest, digest, digest])
        if keys and (key := key_in_force(keys[0])) is not None:
            access = _access(next(iter(workspaces), None), None)
            return key, access if access and _is_in(access.workspace, account_id) else None
    return None, None


def who_may_enter(workspace: Workspace, actors: Collection[UUID]) -> set[UUID]:
    """Return the ids of those of the users and service accounts who may enter the workspace, in one query."""
    members = entering_members(workspace.id, workspace.account_id).filter(user__in=actors)
    user_ids = set(members.values_list("user", flat=True))
    if (person := workspace.account.user_id) is not None and person in actors:
        user_ids.add(person)
    return user_ids


def _enter_with_run_key(key_id: UUID, workspace_id: UUID, account_id: UUID) -> tuple[ApiKey | None, Access | None]:
    found = find_run_key(workspace_id, key_id)
    if found is None:
        return None, None
    key, bounds = found
    access = enter(key.user, workspace_id)
    return key, replace(access, run=bounds) if access and _is_in(access.workspace, account_id) else None


def _is_in(workspace: Workspace, account_id: UUID) -> bool:
    """Return whether the workspace has this address, or had it and is still served there."""
    return workspace.account_id == account_id or is_served(workspace.id, account_id)


def _access(row: tuple[Any, ...] | None, account_id: UUID | None) -> Access | None:
    if row is None or row[-1] is None:
        return None
    workspace: Workspace = load(Workspace, row[:_WORKSPACE_COLUMNS])
    if account_id is not None and workspace.account_id != account_id:
        return None
    workspace.account = load(Account, row[_WORKSPACE_COLUMNS:-1])
    return Access(workspace, read_scopes(row[-1]))
