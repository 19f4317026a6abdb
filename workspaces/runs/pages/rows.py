"""Rows of tables of runs, with everything that templates show, read for all rows at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count
from django.utils import timezone

from workspaces.models import Workspace
from workspaces.runs import states
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.pages.display_state import display_state
from workspaces.work_pools.models import WorkQueue

QUICK, SLOW = 3000, 15000  # milliseconds


@dataclass(frozen=True, slots=True)
class FlowRunRow:
    """A flow run in a table. `live` says whether `elapsed` is still growing; `tasks` is the number of task runs.

    `queue` has its work pool. It is None if the run has none, or if the pool has an access list.
    `deployment` is the name of its deployment, or empty.
    """

    run: FlowRun
    display_state: str
    elapsed: timedelta | None
    live: bool
    tasks: int
    queue: WorkQueue | None
    deployment: str = ""


@dataclass(frozen=True, slots=True)
class TaskRunRow:
    """A task run in a table. `child` is the id of the flow run that it stands for, if it stands for a subflow."""

    run: TaskRun
    display_state: str
    elapsed: timedelta | None
    live: bool
    child: UUID | None


def flow_run_rows(
    workspace: Workspace, runs: list[FlowRun], deployments: Mapping[UUID, str] | None = None
) -> list[FlowRunRow]:
    """Return the rows of a table of flow runs. `deployments` are the names of their deployments, by id."""
    now = timezone.now()
    task_runs = workspace.taskruns.filter(flow_run__in=[run.id for run in runs]).order_by().values("flow_run")
    counts = dict(task_runs.annotate(n=Count("pk")).values_list("flow_run", "n"))
    queues = _queues(workspace, {run.work_queue_id for run in runs if run.work_queue_id})
    return [
        FlowRunRow(
            run,
            run_display_state(run),
            elapsed_time(run, now),
            is_live(run),
            counts.get(run.id, 0),
            queues.get(run.work_queue_id) if run.work_queue_id else None,
            deployments.get(run.deployment_id, "") if deployments and run.deployment_id else "",
        )
        for run in runs
    ]


def _queues(workspace: Workspace, ids: set[UUID]) -> dict[UUID, WorkQueue]:
    """Return the queues of pools that every reader may view, with the names of these pools, by id."""
    if not ids:
        return {}
    queues = WorkQueue.objects.filter(workspace=workspace, id__in=ids, work_pool__restricted=False)
    named = queues.select_related("work_pool").only("id", "name", "workspace_id", "work_pool__name")
    return {queue.id: queue for queue in named}


def task_run_rows(workspace: Workspace, runs: list[TaskRun]) -> list[TaskRunRow]:
    """Return the rows of a table of task runs."""
    now = timezone.now()
    children = dict(
        workspace.flowruns.filter(parent_task_run__in=[run.id for run in runs]).values_list("parent_task_run", "id")
    )
    return [
        TaskRunRow(run, run_display_state(run), elapsed_time(run, now), is_live(run), children.get(run.id))
        for run in runs
    ]


def run_display_state(run: FlowRun | TaskRun) -> str:
    """Return the state in which pages show the run."""
    return display_state(run.state_type, run.state_name)


def is_live(run: FlowRun | TaskRun) -> bool:
    """Return whether the elapsed time of the run is growing."""
    return run.state_type == states.RUNNING and run.start_time is not None


def elapsed_time(run: FlowRun | TaskRun, now: datetime) -> timedelta | None:
    """Return the time from the first start to the end, or to now. None if the run has not started.

    The time of a run that is being cancelled ends with the request: whether its process still runs is not known.
    """
    if run.start_time is None:
        return None
    end = run.end_time or (run.state_timestamp if run.state_type == states.CANCELLING else None) or now
    return max(end - run.start_time, timedelta())


def poll_interval(listed_runs: Iterable[FlowRun | TaskRun], *, filtered: bool) -> int:
    """Return after how many milliseconds a list should be refreshed.

    It is refreshed quickly while a listed run is active, and while a workspace waits for its first run.
    """
    runs = list(listed_runs)
    if not runs:
        return SLOW if filtered else QUICK
    inactive = states.TERMINAL | {states.SCHEDULED, states.PAUSED}
    return SLOW if all(run.state_type in inactive for run in runs) else QUICK
