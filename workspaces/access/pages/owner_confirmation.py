"""Ask before somebody becomes Owner of an account or a workspace.

Use it in every form that grants roles. Forms that stage changes show them before saving and need no further question.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rbac import permissions
from rbac.models import WorkspaceRole
from rbac.role_choices import is_owner_role
from workspaces.models import Workspace

_CONFIRMED = "owner_confirmed"


def ask_before_owner(
    request: HttpRequest,
    *,
    who: str,
    back: str,
    account_name: str = "",
    account_role: str = "",
    workspace_roles: dict[str, WorkspaceRole] | None = None,
) -> HttpResponse | None:
    """Return a page that asks whether to make somebody Owner, or None if there is nothing to ask.

    Returns None too if the reader has already confirmed. `who` names those who get the roles: `account_role` in the
    account and `workspace_roles`, by the full handle of the workspace. The page submits all fields of the form again.
    Its cancel link leads to `back`.
    """
    owned = [account_name] if account_role == permissions.OWNER else []
    owned += [name for name, role in (workspace_roles or {}).items() if is_owner_role(role)]
    if not owned or request.POST.get(_CONFIRMED):
        return None
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {
        "who": who,
        "owned": owned,
        "of_account": account_role == permissions.OWNER,
        "fields": [field for field in fields if field[0] != "csrfmiddlewaretoken"],
        "confirmed": _CONFIRMED,
        "back": back,
        "layout": "layouts/workspace.html" if hasattr(request, "workspace") else "layouts/account.html",
    }
    return render(request, "workspaces/access/owner_confirmation.html", context)


def ask_before_owner_of_workspace(
    request: HttpRequest, workspace: Workspace, role: WorkspaceRole, *, who: str, back: str
) -> HttpResponse | None:
    """Like `ask_before_owner`, for a role in one workspace."""
    return ask_before_owner(request, who=who, back=back, workspace_roles={workspace.full_handle: role})
