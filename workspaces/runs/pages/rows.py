"""Rows of the lists, ready to be shown: what a template would have to ask for is asked here, once for all rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count
from django.utils import timezone

from workspaces.models import Workspace
from workspaces.runs import states
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.pages.looks import look_of

QUICK, SLOW = 3000, 15000  # milliseconds


@dataclass(frozen=True, slots=True)
class FlowRunRow:
    run: FlowRun
    look: str
    took: timedelta | None
    live: bool
    tasks: int


@dataclass(frozen=True, slots=True)
class TaskRunRow:
    run: TaskRun
    look: str
    took: timedelta | None
    live: bool
    child: UUID | None


def flow_run_rows(workspace: Workspace, runs: list[FlowRun]) -> list[FlowRunRow]:
    now = timezone.now()
    counted = workspace.taskruns.filter(flow_run__in=[run.id for run in runs]).order_by().values("flow_run")
    tasks = dict(counted.annotate(n=Count("pk")).values_list("flow_run", "n"))
    return [FlowRunRow(run, look(run), took(run, now), is_live(run), tasks.get(run.id, 0)) for run in runs]


def task_run_rows(workspace: Workspace, runs: list[TaskRun]) -> list[TaskRunRow]:
    now = timezone.now()
    children = dict(
        workspace.flowruns.filter(parent_task_run__in=[run.id for run in runs]).values_list("parent_task_run", "id")
    )
    return [TaskRunRow(run, look(run), took(run, now), is_live(run), children.get(run.id)) for run in runs]


def look(run: FlowRun | TaskRun) -> str:
    return look_of(run.state_type, run.state_name)


def is_live(run: FlowRun | TaskRun) -> bool:
    """Whether the run's clock is ticking."""
    return run.state_type in (states.RUNNING, states.CANCELLING) and run.start_time is not None


def took(run: FlowRun | TaskRun, now: datetime) -> timedelta | None:
    """From the first start to the end, or to now; None for a run that has not started."""
    if run.start_time is None:
        return None
    if run.end_time is not None:
        return max(run.end_time - run.start_time, timedelta())
    return max(now - run.start_time, timedelta())


def pace(shown: Iterable[FlowRun | TaskRun], *, filtered: bool) -> int:
    """How often a list is asked for again: quickly while something moves in it, or the very first run is awaited."""
    runs = list(shown)
    if not runs:
        return SLOW if filtered else QUICK
    still = states.TERMINAL | {states.SCHEDULED, states.PAUSED}
    return SLOW if all(run.state_type in still for run in runs) else QUICK
