"""The workspaces of an account: all of them for its owners and admins, else those that one may enter."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from orgs.pages import AccountRequest, account_page
from orgs.paging import page_of, searched
from workspaces.headcounts import Heads, heads_in
from workspaces.models import Workspace
from workspaces.views.tallies import Tally, tallies


@dataclass(frozen=True, slots=True)
class Row:
    workspace: Workspace
    heads: Heads
    tally: Tally


@account_page("read:workspace")
@require_safe
def workspaces(request: AccountRequest) -> HttpResponse:
    words = searched(request)
    rows = Workspace.objects.open_to(request.user).filter(account=request.account).select_related("account")
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(handle__icontains=words))
    shown = page_of(request, rows.order_by("handle"))
    heads, runs = heads_in(request.account, shown.rows), tallies([workspace.id for workspace in shown.rows])
    listed = [Row(one, heads[one.id], runs.get(one.id, Tally())) for one in shown.rows]
    context = {
        "rows": listed,
        "page": shown,
        "words": words,
        "create_address": f"{reverse('workspace-create')}?owner={request.account.id}",
        "may_create": request.mine.may("create:workspace"),
    }
    return render(request, "orgs/workspaces.html", context)
