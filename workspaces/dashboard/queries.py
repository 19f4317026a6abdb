"""Queries for the dashboard of a workspace."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from rbac import scopes
from workspaces.models import Workspace
from workspaces.pool_pages.rows import PoolRow, pool_rows
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.display_state import DISPLAY_STATES, GROUPS, display_state, in_display_states
from workspaces.runs.pages.periods import Window, until_now
from workspaces.runs.pages.rows import FlowRunRow, flow_run_rows
from workspaces.runs.pages.run_lists import with_listed_columns
from workspaces.runs.states import SCHEDULED
from workspaces.scoping import Access
from workspaces.work_pools.access import visible_pools

RECENT = 8  # runs of any state
UPCOMING = 5
NEWEST_RUNS = 60  # runs in the chosen group of states, from which the flows are taken
FLOWS = 6
POOLS = 6
RUNS_OF_EACH = 3


@dataclass(frozen=True, slots=True)
class FlowGroup:
    """A flow with its runs in the chosen group of states: their number, and the newest ones."""

    id: UUID
    name: str
    total: int
    rows: list[FlowRunRow]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A part of the bar of task runs: how many have this display state, where the part begins and how wide it is."""

    display_state: str
    runs: int
    x: str
    width: str


def in_window(runs: QuerySet[Any], window: Window) -> QuerySet[Any]:
    """Return the runs that were expected to start in the window, without upcoming ones."""
    return until_now(runs, window.start, window.now)


def runs_for_list(workspace: Workspace) -> QuerySet[FlowRun]:
    """Return the flow runs, newest first, with the columns that lists show."""
    return with_listed_columns(workspace.flowruns.all()).order_by("-id")


def recent_runs(workspace: Workspace, now: datetime) -> list[FlowRun]:
    """Return the newest flow runs, without those that are expected to start later."""
    expected = Q(expected_start_time__lte=now) | Q(expected_start_time=None)
    return list(runs_for_list(workspace).filter(expected)[:RECENT])


def upcoming_runs(workspace: Workspace, now: datetime) -> list[FlowRun]:
    """Return the scheduled flow runs that start next."""
    upcoming = workspace.flowruns.filter(state_type=SCHEDULED, next_scheduled_start_time__gt=now)
    return list(with_listed_columns(upcoming).order_by("next_scheduled_start_time", "id")[:UPCOMING])


def newest_runs(workspace: Workspace, window: Window, states: tuple[str, ...]) -> list[FlowRun]:
    """Return the newest flow runs of the window in one of these display states."""
    return list(in_window(runs_for_list(workspace), window).filter(in_display_states(states))[:NEWEST_RUNS])


def flow_groups(
    workspace: Workspace, window: Window, states: tuple[str, ...], rows: list[FlowRunRow]
) -> list[FlowGroup]:
    """Group the newest runs by flow. The flow of the newest run comes first."""
    flows: dict[UUID, list[FlowRunRow]] = {}
    for row in rows:
        flows.setdefault(row.run.flow_id, []).append(row)
    shown = list(flows.items())[:FLOWS]
    counted = in_window(workspace.flowruns.filter(flow__in=[id for id, _ in shown]), window).filter(
        in_display_states(states)
    )
    totals = dict(counted.order_by().values("flow").annotate(n=Count("pk")).values_list("flow", "n"))
    return [FlowGroup(id, own[0].run.flow.name, totals.get(id, len(own)), own[:RUNS_OF_EACH]) for id, own in shown]


def tabs(sums: Counter[str], chosen: str) -> list[dict[str, Any]]:
    """Return the tabs of the groups of states, with the number of runs in each."""
    return [
        {
            "key": key,
            "label": key,
            "count": f"{sum(sums[state] for state in states):,}",
            "current": key == chosen,
        }
        for key, states in GROUPS.items()
    ]


def task_outcomes(workspace: Workspace, window: Window) -> list[Outcome]:
    """Return the task runs of the window by display state, as parts of one bar."""
    counts: Counter[str] = Counter()
    counted = in_window(workspace.taskruns.all(), window).order_by().values("state_type", "state_name")
    for row in counted.annotate(runs=Count("pk")):
        counts[display_state(row["state_type"], row["state_name"])] += row["runs"]
    total, x, parts = counts.total(), 0.0, []
    for state in reversed(DISPLAY_STATES):
        if counts[state]:
            width = 100 * counts[state] / total
            parts.append(Outcome(state, counts[state], f"{x:.3f}%", f"{width:.3f}%"))
            x += width
    return parts


def work_pools(access: Access, user: User) -> list[PoolRow]:
    """Return the first work pools that the user may view: those that are not ready come first."""
    if not access.allows(scopes.SEE_WORK_POOLS):
        return []
    pools = visible_pools(access, user).defer("base_job_template", "storage_configuration")
    return pool_rows(access.workspace, list(pools.order_by("status", "name")[:POOLS]))


def build_rows(workspace: Workspace, *lists: list[FlowRun]) -> list[list[FlowRunRow]]:
    """Return the rows of each list. Their task runs are counted in one query."""
    rows = {row.run.id: row for row in flow_run_rows(workspace, [run for runs in lists for run in runs])}
    return [[rows[run.id] for run in runs] for runs in lists]
