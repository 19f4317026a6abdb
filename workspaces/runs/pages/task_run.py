"""One task run."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from rbac import scopes
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, workspace_page
from workspaces.runs import states
from workspaces.runs.models import TaskRun
from workspaces.runs.pages.history_of_states import steps
from workspaces.runs.pages.log_tab import log_tab
from workspaces.runs.pages.rows import is_live, look, took
from workspaces.runs.pages.why import why

TABS = {"overview": "Overview", "logs": "Logs", "history": "State history"}
# Inputs under this key are the runs around the task, not values given to it.
AROUND = "__parents__"


@dataclass(frozen=True, slots=True)
class Input:
    """A value that the task was given: of another task run, a parameter, a constant, or just a value."""

    name: str
    kind: str
    label: str
    task: UUID | None = None


@workspace_page(scopes.SEE_FLOWS)
def task_run(request: WorkspaceRequest, task_run_id: UUID) -> HttpResponse:
    run = request.workspace.taskruns.select_related("flow_run__flow").filter(id=task_run_id).first()
    if run is None:
        raise Http404
    asked = request.GET.get("tab", "overview")
    tab = asked if asked in TABS else "overview"
    finished = run.state_type in states.TERMINAL
    history = list(run.states.order_by("timestamp"))
    current = next((state for state in reversed(history) if state.id == run.state_id), history[-1] if history else None)
    context: dict[str, Any] = {
        "run": run,
        "tab": tab,
        "tabs": TABS.items(),
        "finished": finished,
        "look": look(run),
        "live": is_live(run),
        "took": took(run, timezone.now()),
        "why": why(run, current.message if current else None),
        "child": request.workspace.flowruns.select_related("flow").filter(parent_task_run=run).first(),
        "steps": steps(history, run.end_time),
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
    given = [
        (name, part)
        for name, parts in sorted((run.task_inputs or {}).items())
        if name != AROUND and isinstance(parts, list)
        for part in parts or [{}]
        if isinstance(part, dict)
    ]
    ids = {found for _, part in given if (found := _uuid(part.get("id")))}
    names = dict(workspace.taskruns.filter(id__in=ids).values_list("id", "name"))
    return [_input(name, part, names) for name, part in given]


def _input(name: str, part: dict[str, Any], names: dict[UUID, str]) -> Input:
    kind = str(part.get("input_type", ""))
    if not kind:
        return Input(name, "plain value", "")
    if kind == "parameter":
        return Input(name, "flow parameter", str(part.get("name", "")))
    if kind == "constant":
        return Input(name, "constant", str(part.get("type", "")))
    id = _uuid(part.get("id"))
    if id in names:
        return Input(name, "result of", names[id], id)
    return Input(name, kind.replace("_", " "), str(part.get("id", "")))


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
