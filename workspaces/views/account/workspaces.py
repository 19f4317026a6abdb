"""The workspaces of an account: all of them for its owners and admins, else those that one may enter."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from orgs.pages import AccountRequest, account_page
from orgs.paging import page_of, searched
from rbac import scopes
from workspaces.headcounts import Heads, heads_in
from workspaces.models import Workspace
from workspaces.views.places import scopes_in
from workspaces.views.tallies import Tally, tallies
from workspaces.why import entered


@dataclass(frozen=True, slots=True)
class Row:
    """A workspace with what its reader may know of it: None where a scope is missing."""

    workspace: Workspace
    people: int | None
    service_accounts: int | None
    tally: Tally | None


@account_page("read:workspace")
@require_safe
def workspaces(request: AccountRequest) -> HttpResponse:
    words = searched(request)
    rows = entered(request.user).with_my_scopes(request.user).filter(account=request.account)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(handle__icontains=words))
    shown = page_of(request, rows)
    heads, runs = heads_in(request.account, shown.rows), tallies([workspace.id for workspace in shown.rows])
    listed = [_row(one, heads[one.id], runs.get(one.id, Tally())) for one in shown.rows]
    context = {
        "rows": listed,
        "page": shown,
        "words": words,
        "create_address": f"{reverse('workspace-create')}?owner={request.account.id}",
        "may_create": request.mine.may("create:workspace"),
    }
    return render(request, "orgs/workspaces.html", context)


def _row(workspace: Workspace, heads: Heads, tally: Tally) -> Row:
    held = scopes_in(workspace)
    return Row(
        workspace,
        heads.people if scopes.SEE_WORKSPACE_USERS in held else None,
        heads.service_accounts if scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS in held else None,
        tally if scopes.SEE_FLOWS in held else None,
    )
