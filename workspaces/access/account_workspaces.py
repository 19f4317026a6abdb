"""The workspaces of one account that a person may enter, and the grants there that they may see or change."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import Account, User
from rbac.effective import read_scopes
from rbac.models import Grant, WorkspaceRole
from rbac.role_choices import grantable
from workspaces.models import Workspace
from workspaces.scoping import Access

MAX_WORKSPACES = 200


def open_workspaces(user: User, account: Account) -> QuerySet[Workspace]:
    """Return the account's workspaces that the user may enter, by handle, with the user's scopes there as `held`."""
    rows = Workspace.objects.with_scopes_of(user.id, user.id, user.id).filter(account=account)
    return rows.exclude(Q(held=None)).order_by("handle")


def load_accesses(workspaces: "QuerySet[Workspace]", account: Account) -> list[Access]:
    """Return the first `MAX_WORKSPACES` of `open_workspaces`, with the scopes held in each: one query."""
    accesses = []
    for workspace in workspaces[:MAX_WORKSPACES]:
        workspace.account = account
        accesses.append(Access(workspace, read_scopes(workspace.held)))  # type: ignore[attr-defined]  # annotated
    return accesses


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant in a workspace. `choices` are the roles that the reader may change it to, if any."""

    grant: Grant
    access: Access
    choices: list[WorkspaceRole]


def grant_rows(
    grants: "QuerySet[Grant, Any]", user: User, account: Account, *, scope: str, roles: list[WorkspaceRole]
) -> list[GrantRow]:
    """Return the grants in workspaces that the user may enter: two queries.

    The user may change a grant to one of `roles` where they hold `scope`, and all scopes of both roles.
    """
    workspaces = open_workspaces(user, account).filter(grants__in=grants)
    by_id = {access.workspace.id: access for access in load_accesses(workspaces, account)}
    rows = grants.filter(workspace__in=by_id).select_related("role__inherits").order_by("workspace__handle", "id")
    return [_grant_row(grant, by_id[grant.workspace_id], roles, scope) for grant in rows]


def count_workspaces_by(grants: "QuerySet[Grant, Any]", by: str, user: User, account: Account) -> dict[Any, int]:
    """Return the number of workspaces with grants, by the grants' `user` or `group` (`by`).

    Counts only workspaces that the user may enter.
    """
    workspaces = Workspace.objects.open_to(user).filter(account=account)
    counted = grants.filter(workspace__in=workspaces).order_by().values_list(by).annotate(Count("workspace"))
    return dict(counted)


def _grant_row(grant: Grant, access: Access, roles: list[WorkspaceRole], scope: str) -> GrantRow:
    role = grant.role
    may_change = access.allows(scope) and role.holds_at_most(access.scopes)
    return GrantRow(grant, access, grantable(roles, access.scopes) if may_change else [])
