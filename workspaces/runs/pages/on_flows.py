"""Runs on the pages of flows: columns of the list, and a tab of a flow's page (see `workspaces.flows.hooks`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from workspaces.flows.hooks import FlowColumns, FlowTab, Sort
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, address
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.bar_chart import Chart, stacked_bars
from workspaces.runs.pages.display_state import DISPLAY_STATES
from workspaces.runs.pages.filters import read_filter, slice_link
from workspaces.runs.pages.history import runs_by_slice
from workspaces.runs.pages.list_orders import CREATED
from workspaces.runs.pages.periods import PERIODS, window
from workspaces.runs.pages.rows import elapsed_time, poll_interval, run_display_state
from workspaces.runs.pages.run_lists import flow_run_table, list_flow_runs

ACTIVITY = 20
_SHOWN = (
    "id", "name", "workspace_id", "flow_id",
    "state_type", "state_name", "state_timestamp", "start_time", "end_time", "expected_start_time",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tick:
    """One of the last runs of a flow, drawn as a bar whose height shows its duration compared with the others."""

    run: FlowRun
    display_state: str
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Activity:
    """The last runs of a flow, and the percentage of completed runs among those that have ended."""

    ticks: list[Tick]
    last: FlowRun | None
    last_display_state: str
    completed: int | None


def with_latest_run(flows: QuerySet[Flow]) -> QuerySet[Flow]:
    """Annotate flows with `latest` and `oldest_shown`, the ids of their latest run and of the oldest one to show.

    Ids are in the order of creation, so a flow without runs has its own id as `latest`.
    """
    runs = FlowRun.objects.filter(flow=OuterRef("pk")).order_by("-id").values("id")
    return flows.annotate(
        latest=Coalesce(Subquery(runs[:1]), F("id")), oldest_shown=Subquery(runs[ACTIVITY - 1 : ACTIVITY])
    )


def activities(workspace: Workspace, flows: Sequence[Any], filtered: bool) -> tuple[Mapping[UUID, Activity], int]:
    """Return the last runs of flows that were read by `with_latest_run`, and the interval for polling."""
    now = timezone.now()
    # A bound for each flow, so that the index leads to the runs to show, however many older runs there are.
    bounds = [
        Q(flow=flow.id, id__gte=flow.oldest_shown) if flow.oldest_shown else Q(flow=flow.id) for flow in flows
    ] or [Q(pk__in=[])]
    runs: dict[UUID, list[FlowRun]] = {}
    for run in workspace.flowruns.filter(reduce(or_, bounds)).only(*_SHOWN).order_by("-id"):
        runs.setdefault(run.flow_id, []).append(run)
    by_flow = {flow.id: _activity(runs.get(flow.id, []), now) for flow in flows}
    latest = [activity.last for activity in by_flow.values() if activity.last]
    return by_flow, poll_interval(latest, filtered=filtered)


def runs_of_flow(request: WorkspaceRequest, flow: Flow) -> dict[str, Any]:
    """Return the context of the tab."""
    run_filter = read_filter(request.GET)
    runs = request.workspace.flowruns.filter(flow=flow)
    listed = list_flow_runs(request.workspace, runs, run_filter, CREATED, request.GET)
    context = flow_run_table(request, listed, filtered=run_filter.active)
    context |= {
        "every": poll_interval(listed.page.rows, filtered=run_filter.active),
        "unknown": run_filter.unknown,
        "chosen": run_filter.states,
        "display_states": DISPLAY_STATES[::-1],
        "of_flow": True,
    }
    if not request.headers.get("X-Poll"):
        context["chart"] = _chart(request.workspace, flow)
    return context


COLUMNS = FlowColumns(
    head_template="workspaces/runs/on_flows/_heads.html",
    cells_template="workspaces/runs/on_flows/_cells.html",
    annotate=with_latest_run,
    read=activities,
    sorts=(Sort("latest", "Latest run", "latest", UUID, True),),
)
TAB = FlowTab("runs", "Runs", "workspaces/runs/on_flows/tab.html", runs_of_flow, "workspaces/runs/_rows.html")


def _activity(runs: list[FlowRun], now: datetime) -> Activity:
    durations = [elapsed.total_seconds() if (elapsed := elapsed_time(run, now)) else 0 for run in runs]
    longest = max(durations, default=0) or 1
    ticks = []
    for position, (run, seconds) in enumerate(zip(runs[::-1], durations[::-1], strict=True)):
        height = round(6 + 18 * seconds / longest, 1)
        x = (ACTIVITY - len(runs) + position) * 8
        ticks.append(Tick(run, run_display_state(run), x, 24 - height, height))
    ended = [run for run in runs if run.state_type in ("COMPLETED", "FAILED", "CRASHED")]
    completed = round(100 * sum(run.state_type == "COMPLETED" for run in ended) / len(ended)) if ended else None
    last = runs[0] if runs else None
    return Activity(ticks, last, run_display_state(last) if last else "", completed)


def _chart(workspace: Workspace, flow: Flow) -> Chart:
    week = window(PERIODS["7d"], timezone.now())
    runs = address(workspace, "runs")
    slices = runs_by_slice(workspace.flowruns.filter(flow=flow), week)
    return stacked_bars(slices, week, lambda start, end: runs + slice_link({"flow": flow.id}, start, end))
