"""The holders of a role and their workspaces, for users who may administrate all workspaces of the account."""

from typing import Any

from core.pages.paging import page_of
from orgs.holders import grants_of_roles
from orgs.pages import AccountRequest
from rbac import permissions
from rbac.models import WorkspaceRole


def holders_shown(request: AccountRequest, role: WorkspaceRole) -> dict[str, Any]:
    """Return template context with a page of the role's grants, or without grants if the user may not see them all."""
    if not request.account_access.may(permissions.ADMINISTRATE_WORKSPACE):
        return {"grants": None, "sees_holders": False}
    rows = grants_of_roles(request.account, [role.id]).select_related("workspace", "user", "group__team")
    paged = page_of(request, rows.order_by("workspace__handle", "id"))
    return {"paged": paged, "grants": paged.rows, "sees_holders": True}
