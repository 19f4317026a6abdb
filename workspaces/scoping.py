"""The tenant, found once: from the address to the workspace and what the caller may do there."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Subquery

from accounts.models import Account, ApiKey, User
from accounts.services.keys import by_digest, digests, key_in_force
from auditlog.statements import Prepared, all_columns, ask_both, load
from orgs.models import Membership
from rbac.effective import read_scopes
from rbac.models import WorkspaceGroupPermission
from rbac.permissions import IMPLICIT_WORKSPACE_OWNERS
from workspaces.models import Workspace

_WORKSPACE_COLUMNS = len(all_columns(Workspace))
_COLUMNS = (*all_columns(Workspace), *(f"account__{column}" for column in all_columns(Account)), "held")
_open_to = Prepared(
    lambda workspace, person, member, holder: (
        Workspace.objects.with_scopes_of(person, member, holder).filter(id=workspace).values_list(*_COLUMNS)
    )
)
_open_to_key = Prepared(
    lambda workspace, person, member, holder: (
        Workspace.objects.with_scopes_of(_holder(person), Subquery(_holder(member)), _holder(holder))
        .filter(id=workspace)
        .values_list(*_COLUMNS)
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
    return _access(_open_to.first(workspace_id, user.id, user.id, user.id), account_id)


def enter_with_key(value: str, workspace_id: UUID, account_id: UUID) -> tuple[ApiKey | None, Access | None]:
    """The key in force with this value, and its user's access to a workspace: one round trip for both."""
    for digest in digests(value):
        keys, workspaces = ask_both(by_digest, [digest], _open_to_key, [workspace_id, digest, digest, digest])
        if keys and (key := key_in_force(keys[0])) is not None:
            return key, _access(next(iter(workspaces), None), account_id)
    return None, None


def who_may_enter(workspace: Workspace, actors: Collection[UUID]) -> set[UUID]:
    """Which of these users and service accounts may enter the workspace: two queries, however many are asked."""
    roles = dict(
        Membership.objects.filter(
            user__in=actors, user__is_active=True, account=workspace.account_id, active=True
        ).values_list("user", "role")
    )
    granted = set(
        WorkspaceGroupPermission.objects.filter(content_object=workspace, group__user__in=roles.keys())
        .values_list("group__user", flat=True)
        .distinct()
    )
    owners = {user for user, role in roles.items() if role in IMPLICIT_WORKSPACE_OWNERS}
    return owners | granted | ({workspace.account.user_id} & set(actors) if workspace.account.user_id else set())


def still_held(asked: set[tuple[UUID, UUID, str]]) -> set[tuple[UUID, UUID, str]]:
    """Which of these (user, workspace, scope) hold now: three queries, however many are asked."""
    users, workspaces = {user for user, _, _ in asked}, {workspace for _, workspace, _ in asked}
    scopes = {scope for _, _, scope in asked}
    accounts = {
        workspace: (account, person)
        for workspace, account, person in Workspace.objects.filter(id__in=workspaces).values_list(
            "id", "account", "account__user"
        )
    }
    roles = {
        (user, account): role
        for user, account, role in Membership.objects.filter(
            user__in=users, account__in={account for account, _ in accounts.values()}, active=True
        ).values_list("user", "account", "role")
    }
    granted = set(
        WorkspaceGroupPermission.objects.filter(
            content_object__in=workspaces, permission__codename__in=scopes, group__user__in=users
        ).values_list("group__user", "content_object", "permission__codename")
    )

    def holds(user: UUID, workspace: UUID, scope: str) -> bool:
        if workspace not in accounts:
            return False
        account, person = accounts[workspace]
        if user == person:
            return True
        role = roles.get((user, account))
        return role in IMPLICIT_WORKSPACE_OWNERS or (role is not None and (user, workspace, scope) in granted)

    return {one for one in asked if holds(*one)}


def _access(row: tuple[Any, ...] | None, account_id: UUID | None) -> Access | None:
    if row is None or row[-1] is None:
        return None
    workspace: Workspace = load(Workspace, row[:_WORKSPACE_COLUMNS])
    if account_id is not None and workspace.account_id != account_id:
        return None
    workspace.account = load(Account, row[_WORKSPACE_COLUMNS:-1])
    return Access(workspace, read_scopes(row[-1]))
