"""Pages of flows: the list, a flow, and its deletion. Runs add their columns and tabs by `hooks`."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.pages.keyset import page, total
from core.pages.query_strings import search_text
from core.rest.shapes import plain
from rbac import scopes
from workspaces.flows import hooks
from workspaces.flows.hooks import FlowTab, Sort
from workspaces.flows.models import Flow
from workspaces.flows.services import delete_flow
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, address, workspace_page

ROWS = 25
SLOW_POLL = 15_000  # milliseconds
SORTS = (Sort("name", "Name", "name", plain, False), Sort("newest", "Newest flow", "id", UUID, True))
DETAILS = FlowTab("details", "Details", "workspaces/flows/_details.html", lambda request, flow: {})


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A flow in the list, with the cells template and the cells of each `FlowColumns`."""

    flow: Flow
    columns: list[tuple[str, Any]]


@workspace_page(scopes.SEE_FLOWS)
def flows(request: WorkspaceRequest) -> HttpResponse:
    name = search_text(request.GET)
    tag = search_text(request.GET, "tag")
    sorts = {sort.key: sort for sort in (*(sort for columns in hooks.columns for sort in columns.sorts), *SORTS)}
    sort = sorts.get(request.GET.get("sort", "")) or next(iter(sorts.values()))
    rows: QuerySet[Flow] = request.workspace.flows.all()
    for columns in hooks.columns:
        rows = columns.annotate(rows)
    if name:
        rows = rows.filter(name__icontains=name)
    if tag:
        rows = rows.filter(tags__has_all=[tag])
    flow_page = page(rows, request.GET, key=sort.column, parse=sort.parse, descending=sort.descending, size=ROWS)
    filtered = bool(name or tag)
    flow_rows, poll_after = _rows(request.workspace, flow_page.rows, filtered)
    context = {
        "page": flow_page,
        "rows": flow_rows,
        "heads": [columns.head_template for columns in hooks.columns],
        "every": poll_after,
        "total": total(flow_page, rows),
        "filtered": filtered,
        "name": name,
        "tag": tag,
        "sort": sort,
        "sorts": sorts.values(),
        "first_page": not request.GET.keys() & {"after", "before"},
    }
    template = "_rows" if request.headers.get("X-Poll") else "list"
    response = render(request, f"workspaces/flows/{template}.html", context)
    response["Poll-Every"] = str(poll_after)
    return response


@workspace_page(scopes.SEE_FLOWS)
def flow(request: WorkspaceRequest, flow_id: UUID) -> HttpResponse:
    flow = _get_flow(request, flow_id)
    tabs = {tab.key: tab for tab in (*hooks.tabs, DETAILS)}
    tab = tabs.get(request.GET.get("tab", "")) or next(iter(tabs.values()))
    context = {"flow": flow, "tab": tab.key, "tab_template": tab.template} | tab.context(request, flow)
    if tab.polled_template and request.headers.get("X-Poll"):
        response = render(request, tab.polled_template, context)
        response["Poll-Every"] = str(context["every"])
        return response
    context["tabs"] = [
        {"label": each.label, "href": f"?tab={each.key}", "current": each is tab} for each in tabs.values()
    ]
    context["may_delete"] = request.access.allows(scopes.MANAGE_FLOWS)
    return render(request, "workspaces/flows/flow.html", context)


@workspace_page(scopes.MANAGE_FLOWS)
@require_http_methods(["GET", "POST"])
def remove_flow(request: WorkspaceRequest, flow_id: UUID) -> HttpResponse:
    """Ask for confirmation on GET. Delete the flow on POST, if its name was typed."""
    flow = _get_flow(request, flow_id)
    if request.method == "GET" or request.POST.get("typed", "").strip() != flow.name:
        wrong = request.method == "POST"
        context = {"flow": flow, "back": address(request.workspace, "flow", flow.id), "wrong": wrong}
        return render(request, "workspaces/flows/delete.html", context, status=422 if wrong else 200)
    delete_flow(request.workspace, flow, actor=request.user.as_actor())
    messages.success(request, f"Deleted the flow “{flow.name}” and its runs.")
    return redirect(address(request.workspace, "flows"))


def _rows(workspace: Workspace, flows: list[Flow], filtered: bool) -> tuple[list[FlowRow], int]:
    """Return the rows of the list, and after how many milliseconds to poll it again."""
    read = [(columns.cells_template, *columns.read(workspace, flows, filtered)) for columns in hooks.columns]
    rows = [FlowRow(flow, [(template, cells[flow.id]) for template, cells, _ in read]) for flow in flows]
    return rows, min((poll_after for _, _, poll_after in read), default=SLOW_POLL)


def _get_flow(request: WorkspaceRequest, flow_id: UUID) -> Flow:
    flow = request.workspace.flows.filter(id=flow_id).first()
    if flow is None:
        raise Http404
    return flow
