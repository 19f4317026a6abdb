"""One flow run: its head, and a tab with an address of its own for each question asked of it."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from rbac import scopes
from workspaces.pages import WorkspaceRequest, workspace_page
from workspaces.runs import states
from workspaces.runs.models import FlowRun
from workspaces.runs.pages import logs as log_lines
from workspaces.runs.pages.filters import words
from workspaces.runs.pages.history_of_states import steps
from workspaces.runs.pages.keyset import page, total
from workspaces.runs.pages.lists import HEAVY
from workspaces.runs.pages.log_tab import log_tab
from workspaces.runs.pages.looks import LOOKS, in_looks, look_of
from workspaces.runs.pages.rows import flow_run_rows, is_live, look, task_run_rows, took
from workspaces.runs.pages.timeline import timeline
from workspaces.runs.pages.why import what_cancelling_does, why

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


@workspace_page(scopes.SEE_FLOWS)
def flow_run(request: WorkspaceRequest, flow_run_id: UUID) -> HttpResponse:
    run = found_run(request, flow_run_id)
    asked = request.GET.get("tab", "overview")
    tab = asked if asked in TABS else "overview"
    polled = request.GET.get("part") if request.headers.get("X-Poll") else None
    context: dict[str, Any] = {"run": run, "tab": tab, "finished": run.state_type in states.TERMINAL}
    if polled != "tab":
        context |= head(request, run)
        context["tabs"] = _tabs(context)
    # 286 tells the page that this was the last: the run has ended.
    status = 286 if context["finished"] else 200
    if polled == "head":
        return render(request, "workspaces/runs/flow_run/_head.html", context, status=status)
    context |= _TAB_CONTEXT[tab](request, run, context)
    context["tab_template"] = f"workspaces/runs/flow_run/{tab.replace('-', '_')}.html"
    if polled == "tab":
        return render(request, context["tab_template"], context, status=status)
    context["stops"] = what_cancelling_does(run)
    context["cancelling"] = run.state_type == states.CANCELLING
    context["refreshed"] = tab in REFRESHED and not context["finished"]
    return render(request, "workspaces/runs/flow_run/page.html", context)


def found_run(request: WorkspaceRequest, flow_run_id: UUID) -> FlowRun:
    related = ("flow", "state", "parent_task_run__flow_run__flow")
    run = request.workspace.flowruns.select_related(*related).filter(id=flow_run_id).first()
    if run is None:
        raise Http404
    return run


def head(request: WorkspaceRequest, run: FlowRun) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    for row in _tasks(request, run).order_by().values("state_type", "state_name").annotate(runs=Count("pk")):
        counts[look_of(row["state_type"], row["state_name"])] += row["runs"]
    return {
        "look": look(run),
        "live": is_live(run),
        "took": took(run, timezone.now()),
        "task_counts": [(each, counts[each]) for each in reversed(LOOKS) if counts[each]],
        "task_total": counts.total(),
        "child_total": _children(request, run).count(),
        "may_cancel": request.access.allows(scopes.RUN_FLOWS),
        "may_delete": request.access.allows(scopes.MANAGE_FLOWS),
    }


def _tabs(context: dict[str, Any]) -> list[dict[str, Any]]:
    counts = {"task-runs": context["task_total"], "child-runs": context["child_total"]}
    return [{"key": key, "label": label, "count": counts.get(key)} for key, label in TABS.items()]


def _tasks(request: WorkspaceRequest, run: FlowRun) -> Any:
    return request.workspace.taskruns.filter(flow_run=run)


def _children(request: WorkspaceRequest, run: FlowRun) -> Any:
    return request.workspace.flowruns.filter(parent_task_run__flow_run=run)


# ------------------------------------------------------------------ tabs
def _overview(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    trouble = _tasks(request, run).filter(in_looks(["failed", "crashed"])).order_by("-id")[:5]
    recent = request.workspace.logs.filter(flow_run_id=run.id).order_by("-timestamp", "-id")[:8]
    return {
        "why": why(run),
        "trouble": task_run_rows(request.workspace, list(trouble)),
        "lines": log_lines.lines(request.workspace, list(recent)[::-1]),
        "created_by": (run.created_by or {}).get("display_value"),
    }


def _task_runs(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    looks = [each for each in LOOKS if each in request.GET.getlist("state")]
    name = words(request.GET, "q")
    rows = _tasks(request, run)
    if looks:
        rows = rows.filter(in_looks(looks))
    if name:
        rows = rows.filter(name__icontains=name)
    shown = page(rows, request.GET)
    return {
        "page": shown,
        "rows": task_run_rows(request.workspace, shown.rows),
        "total": total(shown, rows),
        "filtered": bool(looks or name),
        "looks": LOOKS[::-1],
        "chosen": looks,
        "name": name,
    }


def _child_runs(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    rows = _children(request, run).select_related("flow").defer(*HEAVY)
    shown = page(rows, request.GET)
    return {"page": shown, "rows": flow_run_rows(request.workspace, shown.rows), "total": total(shown, rows)}


def _timeline(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    total = context["task_total"] if "task_total" in context else _tasks(request, run).count()
    history = list(run.states.order_by("timestamp"))
    return {"timeline": timeline(request.workspace, run, history, total)}


def _parameters(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    parameters = run.parameters if isinstance(run.parameters, dict) else {}
    return {
        "values": [(name, json.dumps(value, indent=2, ensure_ascii=False)) for name, value in parameters.items()],
        "raw": json.dumps(parameters, indent=2, ensure_ascii=False),
    }


def _history(request: WorkspaceRequest, run: FlowRun, context: dict[str, Any]) -> dict[str, Any]:
    return {"steps": steps(list(run.states.order_by("timestamp")), run.end_time)}


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
