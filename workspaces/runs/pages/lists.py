"""The list of runs, of flows and of tasks."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from rbac import scopes
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, workspace_page
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.filters import RunFilter, chips, read_filter
from workspaces.runs.pages.keyset import page, total
from workspaces.runs.pages.looks import LOOKS
from workspaces.runs.pages.periods import PERIODS
from workspaces.runs.pages.rows import flow_run_rows, pace, task_run_rows

MOST_FLOWS_OFFERED = 200
# Columns that no list shows and that may be large.
HEAVY = ("parameters", "context", "job_variables", "labels", "empirical_policy", "created_by")


@workspace_page(scopes.SEE_FLOWS)
def runs(request: WorkspaceRequest) -> HttpResponse:
    found = read_filter(request.GET)
    tasks = request.GET.get("tab") == "task-runs"
    if tasks:
        context = _task_runs(request, found)
    else:
        context = flow_run_list(request, request.workspace, found, request.workspace.flowruns.all())
    context |= {"tab": "task-runs" if tasks else "flow-runs"}
    if request.headers.get("X-Poll"):
        return polled_rows(request, context)
    flows = list(request.workspace.flows.order_by("name").only("id", "name", "workspace_id")[:MOST_FLOWS_OFFERED])
    flow_name = next((flow.name for flow in flows if flow.id == found.flow), None)
    context |= {
        "filter": found,
        "chips": chips(found, request.GET, flow_name=flow_name),
        "clear": "?tab=task-runs" if tasks else "?",
        "flows": flows,
        "looks": LOOKS[::-1],
        "periods": PERIODS.values(),
    }
    return render(request, "workspaces/runs/list.html", context)


def polled_rows(request: WorkspaceRequest, context: dict[str, Any]) -> HttpResponse:
    """The rows alone, and when to ask for them again."""
    answer = render(request, "workspaces/runs/_rows.html", context)
    answer["Poll-Every"] = str(context["every"])
    return answer


def flow_run_list(
    request: WorkspaceRequest, workspace: Workspace, found: RunFilter, runs: QuerySet[FlowRun]
) -> dict[str, Any]:
    """Context of a table of flow runs: those of `runs` that the filter lets through."""
    matching = found.apply(workspace, runs.select_related("flow").defer(*HEAVY))
    shown = page(matching, request.GET)
    return {
        "page": shown,
        "rows": flow_run_rows(workspace, shown.rows),
        "total": total(shown, matching),
        "every": pace(shown.rows, filtered=found.active),
        "filtered": found.active,
    }


def _task_runs(request: WorkspaceRequest, found: RunFilter) -> dict[str, Any]:
    listed = request.workspace.taskruns.select_related("flow_run__flow").only(
        "id", "workspace_id", "name", "tags", "state_type", "state_name", "start_time", "end_time",
        "expected_start_time", "run_count",
        "flow_run__id", "flow_run__name", "flow_run__flow__id", "flow_run__flow__name",
    )  # fmt: skip
    rows = found.apply(request.workspace, listed, flow_path="flow_run__flow")
    shown = page(rows, request.GET)
    return {
        "page": shown,
        "rows": task_run_rows(request.workspace, shown.rows),
        "total": total(shown, rows),
        "every": pace(shown.rows, filtered=found.active),
        "filtered": found.active,
    }
