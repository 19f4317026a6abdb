"""The sharing page of an organization's workspace: the default role, people, teams and service accounts."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Account
from auditlog.actors import SERVICE_ACCOUNT, USER
from core.pages.paging import page_of, searched
from orgs.pages import account_address
from orgs.queries import account_access
from rbac import permissions, scopes
from rbac.models import Grant, WorkspaceRole
from workspaces.access.pages.sharing.kinds import KINDS, PEOPLE, SERVICE_ACCOUNTS, TEAMS, Kind, count_entering
from workspaces.access.pages.sharing.role_select import RoleOption, RoleSelect, roles_to_grant
from workspaces.access.pages.sharing.rows import Row, build_rows, group_grants
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, address, workspace_page


@workspace_page(scopes.SEE_WORKSPACE_USERS)
@require_safe
def sharing(request: WorkspaceRequest) -> HttpResponse:
    workspace = request.workspace
    if workspace.account.kind == Account.PERSONAL:
        return redirect(address(workspace, "collaborators"))
    kinds = [kind for kind in KINDS.values() if request.access.allows(kind.see)]
    kind = KINDS.get(request.GET.get("tab", ""), PEOPLE)
    kind = kind if kind in kinds else PEOPLE
    words = searched(request)
    of_groups = group_grants(workspace)
    counts = _counts(workspace, of_groups)
    paged = page_of(request, kind.listed(workspace, words), count=None if words else counts[kind.key])
    choices = roles_to_grant(request)
    default = next((grant.role for grant in of_groups if _is_default(grant)), None)
    may_default = request.access.allows(scopes.WRITE_WORKSPACE_SETTINGS)
    rows = [row_context(row, choices) for row in build_rows(request, kind, paged.rows, of_groups)]
    context: dict[str, Any] = {
        "kind": kind,
        "words": words,
        "paged": paged,
        "rows": rows,
        "may_change": any(row["choice"] for row in rows),
        "tabs": [_tab(other, kind, counts[other.key]) for other in kinds],
        "default": default,
        "default_select": _default_select(default, choices) if may_default else None,
        "may_add": request.access.allows(kind.manage),
        "invite": invite_address(request),
        "roles": [choice.role for choice in choices],
    }
    return render(request, "workspaces/access/sharing/page.html", context)


def invite_address(request: WorkspaceRequest) -> str:
    """Return the address to invite somebody into this workspace, empty for a reader who may not invite."""
    access = account_access(request.user, request.workspace.account_id)
    if access is None or not access.may(permissions.CREATE_INVITATION):
        return ""
    return f"{account_address(request.workspace.account_id, 'invitation-create')}?workspace={request.workspace.id}"


def row_context(row: Row, choices: list[RoleOption]) -> dict[str, Any]:
    """Return the template context of a row, with the select of its role if the reader may change it."""
    selected = row.own.id if row.own else None
    choice = RoleSelect(str(row.id), f"Role of {row.name}", choices, selected, "No direct role", f"now-{row.id}")
    return {"row": row, "choice": choice if row.editable else None}


def _default_select(default: WorkspaceRole | None, choices: list[RoleOption]) -> RoleSelect | None:
    """Return the select of the default role, or None if the current one exceeds what the reader may grant."""
    if default is not None and default not in [choice.role for choice in choices]:
        return None
    return RoleSelect("default", "Default role", choices, default.id if default else None, "No access", "now")


def _counts(workspace: Workspace, of_groups: list[Grant]) -> dict[str, int]:
    by_kind = count_entering(workspace)
    return {
        PEOPLE.key: by_kind.get(USER, 0),
        TEAMS.key: sum(not _is_default(grant) for grant in of_groups),
        SERVICE_ACCOUNTS.key: by_kind.get(SERVICE_ACCOUNT, 0),
    }


def _is_default(grant: Grant) -> bool:
    return grant.group is not None and grant.group.team.everyone


def _tab(kind: Kind, current: Kind, count: int) -> dict[str, Any]:
    return {"label": kind.label, "href": f"?tab={kind.key}", "current": kind is current, "count": count}
