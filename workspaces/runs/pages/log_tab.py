"""The logs of a run: a tab of its page, the lines that follow those shown, and a download."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from core.pages.keyset import count
from core.pages.query_strings import query_string
from rbac import scopes
from workspaces.pages import WorkspaceRequest, workspace_page
from workspaces.runs import states
from workspaces.runs.log_csv import logs_csv
from workspaces.runs.models import FlowRun, Log, TaskRun
from workspaces.runs.pages.logs import COMMIT_TIME, LEVELS, last_lines, lines, lines_stored_after, read_log_filter

# A client sends its last lines after the run has ended.
LATE_LINES_SECONDS = 20


def log_tab(request: WorkspaceRequest, logs: QuerySet[Log], *, live: bool) -> dict[str, Any]:
    """Return the context of the tab. `live`: whether the run may still write lines, so that the page follows them."""
    log_filter = read_log_filter(request.GET)
    matching = log_filter.apply(logs)
    if live:
        # The page requests newer lines afterwards, so that no line is shown twice.
        matching = matching.filter(created__lte=timezone.now() - COMMIT_TIME)
    logs_shown, earlier = last_lines(matching, request.GET)
    tab = {"earlier": None, "part": None}
    last = str(max((log.id for log in logs_shown), default=""))
    return {
        "lines": lines(request.workspace, logs_shown),
        "log_filter": log_filter,
        "log_filtered": bool(log_filter.level or log_filter.text),
        "levels": LEVELS.items(),
        "line_total": count(matching),
        "earlier": query_string(request.GET, {**tab, "earlier": earlier}) if earlier else None,
        "latest": query_string(request.GET, {**tab}) if request.GET.get("earlier") else None,
        "follow": query_string(request.GET, {**tab, "after": last}) if live else None,
    }


@workspace_page(scopes.SEE_FLOWS)
def flow_run_log_tail(request: WorkspaceRequest, flow_run_id: UUID) -> HttpResponse:
    """Return the lines of a flow run that were stored after those shown."""
    run = request.workspace.flowruns.filter(id=flow_run_id).first()
    return _tail(request, run, request.workspace.logs.filter(flow_run_id=flow_run_id))


@workspace_page(scopes.SEE_FLOWS)
def task_run_log_tail(request: WorkspaceRequest, task_run_id: UUID) -> HttpResponse:
    """Return the lines of a task run that were stored after those shown."""
    run = request.workspace.taskruns.filter(id=task_run_id).first()
    return _tail(request, run, request.workspace.logs.filter(task_run_id=task_run_id))


@workspace_page(scopes.SEE_FLOWS)
def flow_run_log_file(request: WorkspaceRequest, flow_run_id: UUID) -> HttpResponseBase:
    """Download all logs, in the format of the API."""
    run = request.workspace.flowruns.filter(id=flow_run_id).first()
    if run is None:
        raise Http404
    return logs_csv(run)


def _tail(request: WorkspaceRequest, run: FlowRun | TaskRun | None, logs: QuerySet[Log]) -> HttpResponse:
    """Return the next lines: 204 if there are none yet, 286 if none will come, which ends the page's polling."""
    if run is None:
        raise Http404
    log_filter = read_log_filter(request.GET)
    new = lines_stored_after(log_filter.apply(logs), request.GET.get("after", ""))
    ended = run.state_type in states.TERMINAL and (
        run.end_time is None or (timezone.now() - run.end_time).total_seconds() > LATE_LINES_SECONDS
    )
    if not new:
        return HttpResponse(status=286 if ended else 204)
    context = {"lines": lines(request.workspace, new), "found": log_filter.text}
    response = render(request, "workspaces/runs/_lines.html", context)
    response["Poll-Next"] = request.path + query_string(request.GET, {"after": str(max(log.id for log in new))})
    return response
