"""The log of a run on a page: as a tab, as what came since, and as a file."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from rbac import scopes
from workspaces.pages import WorkspaceRequest, workspace_page
from workspaces.runs import states
from workspaces.runs.log_csv import logs_csv
from workspaces.runs.models import FlowRun, Log, TaskRun
from workspaces.runs.pages.keyset import count
from workspaces.runs.pages.logs import LEVELS, SETTLED, after, lines, newest, read_log_filter

# A client sends its last lines after the run has ended.
LAST_WORDS = 20  # seconds


def log_tab(request: WorkspaceRequest, logs: QuerySet[Log], *, live: bool) -> dict[str, Any]:
    wanted = read_log_filter(request.GET)
    matching = wanted.apply(logs)
    if live:
        # What is younger is left to be followed, so that no line comes twice.
        matching = matching.filter(created__lte=timezone.now() - SETTLED)
    found, earlier = newest(matching, request.GET)
    params = request.GET.copy()
    for name in ("earlier", "part"):
        params.pop(name, None)
    return {
        "lines": lines(request.workspace, found),
        "log_filter": wanted,
        "log_filtered": bool(wanted.level or wanted.text),
        "levels": LEVELS.items(),
        "line_total": count(matching),
        "earlier": _with(params, earlier=earlier) if earlier else None,
        "latest": f"?{params.urlencode()}" if request.GET.get("earlier") else None,
        "follow": _with(params, after=str(max((log.id for log in found), default=""))) if live else None,
    }


@workspace_page(scopes.SEE_FLOWS)
def flow_run_log_tail(request: WorkspaceRequest, flow_run_id: UUID) -> HttpResponse:
    run = request.workspace.flowruns.filter(id=flow_run_id).first()
    return _tail(request, run, request.workspace.logs.filter(flow_run_id=flow_run_id))


@workspace_page(scopes.SEE_FLOWS)
def task_run_log_tail(request: WorkspaceRequest, task_run_id: UUID) -> HttpResponse:
    run = request.workspace.taskruns.filter(id=task_run_id).first()
    return _tail(request, run, request.workspace.logs.filter(task_run_id=task_run_id))


@workspace_page(scopes.SEE_FLOWS)
def flow_run_log_file(request: WorkspaceRequest, flow_run_id: UUID) -> StreamingHttpResponse:
    """The whole log, as the API gives it to programs."""
    run = request.workspace.flowruns.filter(id=flow_run_id).first()
    if run is None:
        raise Http404
    return logs_csv(run)


def _tail(request: WorkspaceRequest, run: FlowRun | TaskRun | None, logs: QuerySet[Log]) -> HttpResponse:
    if run is None:
        raise Http404
    found = after(read_log_filter(request.GET).apply(logs), request.GET.get("after", ""))
    over = run.state_type in states.TERMINAL and (
        run.end_time is None or (timezone.now() - run.end_time).total_seconds() > LAST_WORDS
    )
    if not found:
        return HttpResponse(status=286 if over else 204)
    answer = render(request, "workspaces/runs/_lines.html", {"lines": lines(request.workspace, found)})
    answer["Poll-Next"] = request.path + _with(request.GET.copy(), after=str(max(log.id for log in found)))
    return answer


def _with(params: QueryDict, **changes: str) -> str:
    changed = params.copy()
    for name, value in changes.items():
        changed[name] = value
    return f"?{changed.urlencode()}"
