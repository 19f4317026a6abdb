"""The page that lists flow runs and task runs."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from core.pages.query_strings import query_string, without_empty
from rbac import scopes
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.runs.pages.deployment_names import deployment_choices
from workspaces.runs.pages.display_state import DISPLAY_STATES
from workspaces.runs.pages.filters import HIDE, chips, read_filter, with_exact_times
from workspaces.runs.pages.list_orders import FLOW_RUN_ORDERS, TASK_RUN_ORDERS, read_order
from workspaces.runs.pages.periods import PERIODS
from workspaces.runs.pages.pool_names import pool_choices
from workspaces.runs.pages.run_lists import flow_run_table, list_flow_runs, list_task_runs, task_run_table
from workspaces.runs.pages.views_menu import views_menu

MOST_FLOWS_OFFERED = 200
SEEN = "seen"  # the version of the list that the polling page shows
ALL = "all"


@workspace_page(scopes.SEE_FLOWS)
def runs(request: WorkspaceRequest) -> HttpResponse:
    """Show the page, or its list alone when the page polls or a filter changes."""
    exact = with_exact_times(request.GET)
    if exact is not None:
        return redirect(request.path + exact)
    params = without_empty(request.GET, SEEN, "select")
    tasks = params.get("tab") == "task-runs"
    run_filter = read_filter(params).for_task_runs() if tasks else read_filter(params)
    order, unknown_order = read_order(params, TASK_RUN_ORDERS if tasks else FLOW_RUN_ORDERS)
    workspace = request.workspace
    if tasks:
        listed = list_task_runs(workspace, run_filter, order, params)
    else:
        listed = list_flow_runs(workspace, workspace.flowruns.all(), run_filter, order, params)
    polled, version = "X-Poll" in request.headers, listed.version
    if polled and version and version == request.GET.get(SEEN):
        return HttpResponse(status=204)
    may_cancel, may_delete = (request.access.allows(scope) for scope in (scopes.RUN_FLOWS, scopes.MANAGE_FLOWS))
    save_view = address(workspace, "runs-view-save") + query_string(params, {})
    table = task_run_table if tasks else flow_run_table
    context = table(request, listed, filtered=run_filter.active) | {
        "tab": "task-runs" if tasks else "flow-runs",
        "address": request.path + query_string(params, {}),
        "query": query_string(params, {})[1:],
        "clear": "?tab=task-runs" if tasks else "?",
        "filter": run_filter,
        "chips": chips(run_filter, params, request),
        "unknown": (*run_filter.unknown, *unknown_order),
        "all_upcoming": query_string(params, {"state": ["scheduled"], "sort": "start-asc"}),
        "may_cancel": may_cancel,
        "may_delete": may_delete,
        "may_select": not tasks and (may_cancel or may_delete),
        "save_view": save_view if request.access.allows(scopes.MANAGE_SAVED_SEARCH) else "",
        "newer_label": "Newer" if order.descending else "Older",
        "older_label": "Older" if order.descending else "Newer",
        "all_selected": request.GET.get("select") == ALL,
        "select_all": query_string(params, {"select": ALL}),
    }
    if polled:
        response = render(request, "workspaces/runs/_rows.html", context)
        response["Poll-Next"] = request.path + query_string(params, {SEEN: version or None})
        return response
    if "HX-Request" in request.headers:
        # The menu of views is sent too, since another one may be shown now.
        views = {"views": views_menu(request, params), "views_apart": True}
        response = render(request, "workspaces/runs/_list.html", context | views)
        response["HX-Replace-Url"] = context["address"]
        return response
    return render(request, "workspaces/runs/list.html", context | _form(request, params, order.key, tasks))


def _form(request: WorkspaceRequest, params: QueryDict, order: str, tasks: bool) -> dict[str, Any]:
    """Return the context of the form above the list."""
    flows = request.workspace.flows.order_by("name").only("id", "name", "workspace_id")
    return {
        "flows": list(flows[:MOST_FLOWS_OFFERED]),
        "deployments": [] if tasks else deployment_choices(request),
        "pools": [] if tasks else pool_choices(request),
        "display_states": DISPLAY_STATES[::-1],
        "periods": PERIODS.values(),
        "orders": TASK_RUN_ORDERS if tasks else FLOW_RUN_ORDERS,
        "order": order,
        "hide": HIDE,
        "views": views_menu(request, params),
    }
