"""What a person may do in the workspaces of one account, and the roles given there: one query each."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import Account, User
from rbac.effective import read_scopes
from rbac.models import Grant, WorkspaceRole
from workspaces.models import Workspace
from workspaces.scoping import Access

MOST_WORKSPACES = 200


def open_workspaces(user: User, account: Account) -> QuerySet[Workspace]:
    """The account's workspaces that the user may enter, with the scopes held there as `held`, by handle."""
    rows = Workspace.objects.with_scopes_of(user.id, user.id, user.id).filter(account=account)
    return rows.exclude(Q(held=None)).order_by("handle")


def accesses(workspaces: "QuerySet[Workspace]", account: Account) -> list[Access]:
    """The first workspaces of `open_workspaces` with the scopes held in each."""
    found = []
    for workspace in workspaces[:MOST_WORKSPACES]:
        workspace.account = account
        found.append(Access(workspace, read_scopes(workspace.held)))  # type: ignore[attr-defined]  # annotated
    return found


def usable_roles(account: Account) -> list[WorkspaceRole]:
    """The built-in roles from the strongest, then the account's own by name."""
    usable = WorkspaceRole.objects.usable_in(account).select_related("inherits")
    return list(usable.in_order()[:MOST_WORKSPACES])


def within(roles: list[WorkspaceRole], access: Access) -> list[WorkspaceRole]:
    """Those that hold no more than somebody has in this workspace."""
    return [role for role in roles if role.all_scopes <= access.scopes]


@dataclass(frozen=True, slots=True)
class Given:
    """A role given in a workspace. `choices` is empty for a reader who may not change it there."""

    grant: Grant
    access: Access
    choices: list[WorkspaceRole]


def given(
    grants: "QuerySet[Grant, Any]", user: User, account: Account, *, scope: str, roles: list[WorkspaceRole]
) -> list[Given]:
    """The grants in workspaces that the reader may enter; who holds `scope` there may change them to these roles."""
    mine = open_workspaces(user, account).filter(grants__in=grants)
    by_id = {access.workspace.id: access for access in accesses(mine, account)}
    rows = grants.filter(workspace__in=by_id).select_related("role__inherits").order_by("workspace__handle", "id")
    return [_given(grant, by_id[grant.workspace_id], roles, scope) for grant in rows]


def workspaces_counted(grants: "QuerySet[Grant, Any]", by: str, user: User, account: Account) -> dict[Any, int]:
    """How many workspaces that the reader may enter each was let into, by the grants' `user` or `group`."""
    mine = Workspace.objects.open_to(user).filter(account=account)
    counted = grants.filter(workspace__in=mine).order_by().values_list(by).annotate(Count("workspace"))
    return dict(counted)


def _given(grant: Grant, access: Access, usable: list[WorkspaceRole], scope: str) -> Given:
    role = grant.role
    changes = access.allows(scope) and role.all_scopes <= access.scopes
    return Given(grant, access, within(usable, access) if changes else [])
