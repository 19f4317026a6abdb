"""Who holds a role, and where, for those who look after all workspaces of the account."""

from typing import Any

from orgs.holders import grants_of_roles
from orgs.pages import AccountRequest
from orgs.paging import page_of
from rbac.models import WorkspaceRole


def holders_shown(request: AccountRequest, role: WorkspaceRole) -> dict[str, Any]:
    """Template context: a page of the role's grants. Members, who do not see every workspace, get none."""
    if not request.mine.may("administrate:workspace"):
        return {"grants": None, "sees_holders": False}
    rows = grants_of_roles(request.account, [role.id]).select_related("workspace", "user", "group__team")
    paged = page_of(request, rows.order_by("workspace__handle", "id"))
    return {"paged": paged, "grants": paged.rows, "sees_holders": True}
