"""The tabs of a flow run's page: a function for each returns the context of its template."""

import json
from collections.abc import Callable
from typing import Any

from core.pages.keyset import page, total
from core.pages.query_strings import search_text
from workspaces.pages import WorkspaceRequest
from workspaces.runs import hooks
from workspaces.runs.models import FlowRun
from workspaces.runs.pages import logs
from workspaces.runs.pages.deployment_names import deployment_name
from workspaces.runs.pages.display_state import DISPLAY_STATES, in_display_states
from workspaces.runs.pages.failure import failure_context
from workspaces.runs.pages.filters import read_states
from workspaces.runs.pages.log_tab import log_tab
from workspaces.runs.pages.rows import flow_run_rows, task_run_rows
from workspaces.runs.pages.run_lists import with_listed_columns
from workspaces.runs.pages.state_history import state_history
from workspaces.runs.pages.state_reasons import state_reason
from workspaces.runs.pages.timeline import timeline

TABS = {
    "overview": "Overview",
    "logs": "Logs",
    "task-runs": "Task runs",
    "child-runs": "Child runs",
    "timeline": "Timeline",
    "parameters": "Parameters",
    "history": "State history",
}
REFRESHED = {"overview", "task-runs", "child-runs", "timeline", "history"}


def tab_context(tab: str, request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    """Return the context of a tab. `context` is that of the page, with the counts of its head if it has a head."""
    return _TAB_CONTEXT[tab](request, run, context)


def task_runs(request: WorkspaceRequest, run: FlowRun) -> Any:
    """Return the queryset of the task runs of a flow run."""
    return request.workspace.taskruns.filter(flow_run=run)


def child_runs(request: WorkspaceRequest, run: FlowRun) -> Any:
    """Return the queryset of the runs of subflows of a flow run."""
    return request.workspace.flowruns.filter(parent_task_run__flow_run=run)


def _overview(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    failed = task_runs(request, run).filter(in_display_states(["failed", "crashed"])).order_by("-id")[:5]
    return failure_context(request.workspace, run) | {
        "state_reason": state_reason(run),
        "late_notes": [note for notes in hooks.late_notes for note in notes(request, run)],
        "failed_task_runs": task_run_rows(request.workspace, list(failed)),
        "lines": logs.end_of_log(request.workspace, request.workspace.logs.filter(flow_run_id=run.id)),
        "created_by": (run.created_by or {}).get("display_value"),
        "by_schedule": run.auto_scheduled,
        "deployment_name": deployment_name(request, run.deployment_id) if run.deployment_id else "",
    }


def _task_runs(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    chosen, _ = read_states(request.GET)
    name = search_text(request.GET)
    rows = task_runs(request, run)
    if chosen:
        rows = rows.filter(in_display_states(chosen))
    if name:
        rows = rows.filter(name__icontains=name)
    listed = page(rows, request.GET)
    return {
        "page": listed,
        "rows": task_run_rows(request.workspace, listed.rows),
        "total": total(listed, rows),
        "filtered": bool(chosen or name),
        "display_states": DISPLAY_STATES[::-1],
        "chosen": chosen,
        "name": name,
    }


def _child_runs(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    rows = with_listed_columns(child_runs(request, run))
    listed = page(rows, request.GET)
    return {"page": listed, "rows": flow_run_rows(request.workspace, listed.rows), "total": total(listed, rows)}


def _timeline(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    count = context["task_total"] if "task_total" in context else task_runs(request, run).count()
    states = list(run.states.order_by("timestamp"))
    return {"timeline": timeline(request.workspace, run, states, count)}


def _parameters(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    parameters = run.parameters if isinstance(run.parameters, dict) else {}
    return {
        "values": [(name, json.dumps(value, indent=2, ensure_ascii=False)) for name, value in parameters.items()],
        "raw": json.dumps(parameters, indent=2, ensure_ascii=False),
    }


def _history(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    return {"steps": state_history(list(run.states.order_by("timestamp")))}


def _logs(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    return log_tab(request, request.workspace.logs.filter(flow_run_id=run.id), live=not context["finished"])


_TAB_CONTEXT: dict[str, Callable[[WorkspaceRequest, FlowRun, dict[str, Any]], dict[str, Any]]] = {
    "overview": _overview,
    "logs": _logs,
    "task-runs": _task_runs,
    "child-runs": _child_runs,
    "timeline": _timeline,
    "parameters": _parameters,
    "history": _history,
}
