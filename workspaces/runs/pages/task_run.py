"""The page of a task run."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.db.ids import parse_uuid
from rbac import scopes
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, workspace_page
from workspaces.runs import states
from workspaces.runs.models import TaskRun
from workspaces.runs.pages.log_tab import log_tab
from workspaces.runs.pages.rows import elapsed_time, is_live, run_display_state
from workspaces.runs.pages.state_history import state_history
from workspaces.runs.pages.state_reasons import state_reason

TABS = {"overview": "Overview", "logs": "Logs", "history": "State history"}
# Inputs under this key are the runs in which the task runs, not its arguments.
PARENTS = "__parents__"


@dataclass(frozen=True, slots=True)
class Input:
    """An argument of the task: the result of another task run, a flow parameter, a constant, or another value."""

    name: str
    kind: str
    label: str
    task: UUID | None = None


@workspace_page(scopes.SEE_FLOWS)
def task_run(request: WorkspaceRequest, task_run_id: UUID) -> HttpResponse:
    """Show the page, or its body alone when the page polls. 286 ends polling: the run has ended."""
    run = request.workspace.taskruns.select_related("flow_run__flow").filter(id=task_run_id).first()
    if run is None:
        raise Http404
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        tab = "overview"
    finished = run.state_type in states.TERMINAL
    history = list(run.states.order_by("timestamp"))
    current = next((state for state in reversed(history) if state.id == run.state_id), history[-1] if history else None)
    context: dict[str, Any] = {
        "run": run,
        "tab": tab,
        "tabs": TABS.items(),
        "finished": finished,
        "display_state": run_display_state(run),
        "live": is_live(run),
        "elapsed": elapsed_time(run, timezone.now()),
        "state_reason": state_reason(run, current.message if current else None),
        "child": request.workspace.flowruns.select_related("flow").filter(parent_task_run=run).first(),
        "steps": state_history(history),
    }
    if tab == "overview":
        context["inputs"] = _inputs(request.workspace, run)
        context["retries"] = max(run.run_count - 1, 0)
        context["policy"] = run.empirical_policy or {}
    if tab == "logs":
        context |= log_tab(request, request.workspace.logs.filter(task_run_id=run.id), live=not finished)
    if request.headers.get("X-Poll"):
        return render(request, "workspaces/runs/task_run/_body.html", context, status=286 if finished else 200)
    return render(request, "workspaces/runs/task_run/page.html", context)


def _inputs(workspace: Workspace, run: TaskRun) -> list[Input]:
    inputs = [
        (name, part)
        for name, parts in sorted((run.task_inputs or {}).items())
        if name != PARENTS and isinstance(parts, list)
        for part in parts or [{}]
        if isinstance(part, dict)
    ]
    ids = {id for _, part in inputs if (id := parse_uuid(part.get("id")))}
    names = dict(workspace.taskruns.filter(id__in=ids).values_list("id", "name"))
    return [_input(name, part, names) for name, part in inputs]


def _input(name: str, part: dict[str, Any], names: dict[UUID, str]) -> Input:
    kind = str(part.get("input_type", ""))
    if not kind:
        return Input(name, "plain value", "")
    if kind == "parameter":
        return Input(name, "flow parameter", str(part.get("name", "")))
    if kind == "constant":
        return Input(name, "constant", str(part.get("type", "")))
    id = parse_uuid(part.get("id"))
    if id in names:
        return Input(name, "result of", names[id], id)
    return Input(name, kind.replace("_", " "), str(part.get("id", "")))
