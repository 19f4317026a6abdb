"""The page of a flow run: a head with its state, and tabs, each with a URL of its own."""

from collections import Counter
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
from workspaces.runs.pages.display_state import DISPLAY_STATES, display_state
from workspaces.runs.pages.flow_run_tabs import REFRESHED, TABS, child_runs, tab_context, task_runs
from workspaces.runs.pages.rows import elapsed_time, is_live, run_display_state
from workspaces.runs.pages.state_reasons import WHAT_IS_DELETED, WHEN_TO_MARK, what_cancelling_does
from workspaces.work_pools.access import visible_queues
from workspaces.work_pools.models import WorkQueue


@workspace_page(scopes.SEE_FLOWS)
def flow_run(request: WorkspaceRequest, flow_run_id: UUID) -> HttpResponse:
    """Show the page, or its head or tab alone when the page polls. 286 ends polling: the run has ended."""
    run = get_run_or_404(request, flow_run_id)
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        tab = "overview"
    polled_part = request.GET.get("part") if request.headers.get("X-Poll") else None
    context: dict[str, Any] = {"run": run, "tab": tab, "finished": run.state_type in states.TERMINAL}
    status = 286 if context["finished"] else 200
    if polled_part != "tab":
        context |= _head_context(request, run)
        context["tabs"] = _tabs(context)
    if polled_part == "head":
        return render(request, "workspaces/runs/flow_run/_head.html", context, status=status)
    context |= tab_context(tab, request, run, context)
    context["tab_template"] = f"workspaces/runs/flow_run/{tab.replace('-', '_')}.html"
    if polled_part == "tab":
        return render(request, context["tab_template"], context, status=status)
    context |= {"stops": what_cancelling_does(run), "when_to_mark": WHEN_TO_MARK, "what_is_deleted": WHAT_IS_DELETED}
    context["cancelling"] = run.state_type == states.CANCELLING
    context["refreshed"] = tab in REFRESHED and not context["finished"]
    return render(request, "workspaces/runs/flow_run/page.html", context)


def get_run_or_404(request: WorkspaceRequest, flow_run_id: UUID) -> FlowRun:
    """Return a run of the workspace with its flow, state and parent run. Raises `Http404` if there is no such run."""
    related = ("flow", "state", "parent_task_run__flow_run__flow")
    run = request.workspace.flowruns.select_related(*related).filter(id=flow_run_id).first()
    if run is None:
        raise Http404
    return run


def _head_context(request: WorkspaceRequest, run: FlowRun) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    for row in task_runs(request, run).order_by().values("state_type", "state_name").annotate(runs=Count("pk")):
        counts[display_state(row["state_type"], row["state_name"])] += row["runs"]
    return {
        "display_state": run_display_state(run),
        "live": is_live(run),
        "elapsed": elapsed_time(run, timezone.now()),
        "task_counts": [(state, counts[state]) for state in reversed(DISPLAY_STATES) if counts[state]],
        "task_total": counts.total(),
        "child_total": child_runs(request, run).count(),
        "work_queue": _work_queue(request, run),
        "may_cancel": request.access.allows(scopes.RUN_FLOWS),
        "may_delete": request.access.allows(scopes.MANAGE_FLOWS),
    }


def _work_queue(request: WorkspaceRequest, run: FlowRun) -> WorkQueue | None:
    """Return the run's queue with its pool, if the reader may view the pool. The queue may have been deleted."""
    if run.work_queue_id is None or not request.access.allows(scopes.SEE_WORK_QUEUES):
        return None
    queues = visible_queues(request.access, request.user).select_related("work_pool")
    return queues.filter(id=run.work_queue_id).first()


def _tabs(context: dict[str, Any]) -> list[dict[str, Any]]:
    counts = {"task-runs": context["task_total"], "child-runs": context["child_total"]}
    return [{"key": key, "label": label, "count": counts.get(key)} for key, label in TABS.items()]
