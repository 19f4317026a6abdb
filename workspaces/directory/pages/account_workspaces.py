"""The workspaces of an account that the reader may enter: for owners and admins, all of them."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.pages.paging import page_of, searched
from orgs.pages import AccountRequest, account_page
from rbac import permissions, scopes
from workspaces.access.access_reasons import workspaces_open_to
from workspaces.access.headcounts import Headcount, headcounts_of
from workspaces.directory.pages.run_counts import RunCounts, count_runs
from workspaces.directory.pages.workspace_groups import scopes_of
from workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Row:
    """A workspace with its numbers, which are None if the reader lacks the scope to see them."""

    workspace: Workspace
    people: int | None
    service_accounts: int | None
    counts: RunCounts | None


@account_page(permissions.READ_WORKSPACE)
@require_safe
def workspaces(request: AccountRequest) -> HttpResponse:
    words = searched(request)
    rows = workspaces_open_to(request.user).with_my_scopes(request.user).filter(account=request.account)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(handle__icontains=words))
    page = page_of(request, rows)
    headcounts = headcounts_of(request.account, page.rows)
    runs = count_runs([workspace.id for workspace in page.rows])
    context = {
        "rows": [_row(row, headcounts[row.id], runs.get(row.id, RunCounts())) for row in page.rows],
        "page": page,
        "words": words,
        "create_address": f"{reverse('workspace-create')}?owner={request.account.id}",
        "may_restore": request.account_access.may(permissions.DELETE_WORKSPACE),
        "may_create": request.account_access.may(permissions.CREATE_WORKSPACE),
    }
    return render(request, "orgs/workspaces.html", context)


def _row(workspace: Workspace, headcount: Headcount, counts: RunCounts) -> Row:
    held = scopes_of(workspace)
    return Row(
        workspace,
        headcount.people if scopes.SEE_WORKSPACE_USERS in held else None,
        headcount.service_accounts if scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS in held else None,
        counts if scopes.SEE_FLOWS in held else None,
    )
