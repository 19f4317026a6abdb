"""Who may enter a workspace of an organization: everyone's role, then people, teams and service accounts."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Account
from auditlog.actors import SERVICE_ACCOUNT, USER
from orgs.pages import account_address
from orgs.paging import page_of, searched
from orgs.queries import belonging
from rbac import scopes
from rbac.models import Grant, WorkspaceRole
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.views.sharing.kinds import KINDS, PEOPLE, SERVICE_ACCOUNTS, TEAMS, Kind, numbers
from workspaces.views.sharing.offers import Offers, offers, select, told
from workspaces.views.sharing.rows import Row, group_grants, rows_of


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
    offered = offers(request)
    default = next((grant.role for grant in of_groups if _everyones(grant)), None)
    may_default = request.access.allows(scopes.WRITE_WORKSPACE_SETTINGS)
    context: dict[str, Any] = {
        "kind": kind,
        "words": words,
        "paged": paged,
        "rows": [row_context(row, offered) for row in rows_of(request, kind, paged.rows, of_groups)],
        "tabs": [_tab(each, kind, counts[each.key]) for each in kinds],
        "default": default,
        "default_told": told(default) if default else "",
        "default_select": _default_select(default, offered) if may_default else "",
        "may_add": request.access.allows(kind.manage),
        "invite": invite_address(request),
        "roles": [(role, told(role)) for role in offered.roles],
    }
    return render(request, "workspaces/sharing/page.html", context)


def invite_address(request: WorkspaceRequest) -> str:
    """Where a newcomer is invited straight into this workspace; empty for who may invite nobody."""
    mine = belonging(request.user, request.workspace.account_id)
    if mine is None or not mine.may("create:invitation"):
        return ""
    return f"{account_address(request.workspace.account_id, 'invitation-create')}?workspace={request.workspace.id}"


def row_context(row: Row, offered: Offers) -> dict[str, Any]:
    """A row with the choice of its role, where the reader may change it."""
    empty = "" if row.own else "No role of its own" if row.kind is not PEOPLE else "No role of their own"
    choice = select(str(row.id), f"Role of {row.name}", offered, row.own.id if row.own else None, empty)
    return {"row": row, "choice": choice if row.editable else ""}


def _default_select(default: WorkspaceRole | None, offered: Offers) -> str:
    """Empty where the role in force is beyond what the reader may give."""
    if default is not None and default.id not in offered.ids:
        return ""
    return select("everyone", "Role of everyone", offered, default.id if default else None, "No access")


def _counts(workspace: Workspace, of_groups: list[Grant]) -> dict[str, int]:
    by_kind = numbers(workspace)
    return {
        PEOPLE.key: by_kind.get(USER, 0),
        TEAMS.key: sum(not _everyones(grant) for grant in of_groups),
        SERVICE_ACCOUNTS.key: by_kind.get(SERVICE_ACCOUNT, 0),
    }


def _everyones(grant: Grant) -> bool:
    return grant.group is not None and grant.group.team.everyone


def _tab(each: Kind, current: Kind, count: int) -> dict[str, Any]:
    return {"label": each.label, "href": f"?tab={each.key}", "current": each is current, "count": count}
