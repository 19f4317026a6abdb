"""Read the task runs of a flow run for its timeline: each in a row, or one row for each task if there are too many."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import Coalesce

from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.pages.display_state import DISPLAY_STATES, display_state


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A task run, with its id and that of its child run, or all runs of a task, with their number in each state."""

    name: str
    display_state: str
    start: datetime | None
    end: datetime | None
    task: UUID | None = None
    child: UUID | None = None
    counts: Counter[str] | None = None


def single_rows(workspace: Workspace, run: FlowRun, task_runs: QuerySet[TaskRun], limit: int) -> list[TimelineRow]:
    """Return a row for each task run, in the order of their starts."""
    children = dict(workspace.flowruns.filter(parent_task_run__flow_run=run).values_list("parent_task_run", "id"))
    ordered = task_runs.order_by(Coalesce("start_time", "expected_start_time"), "id")[:limit]
    return [
        TimelineRow(
            name=task_run.name,
            display_state=display_state(task_run.state_type, task_run.state_name),
            start=task_run.start_time,
            end=task_run.end_time,
            task=task_run.id,
            child=children.get(task_run.id),
        )
        for task_run in ordered
    ]


def grouped_rows(task_runs: QuerySet[TaskRun], limit: int) -> list[TimelineRow]:
    """Return a row for each task, in the order of their first starts."""
    groups = (
        task_runs.order_by()
        .values("task_key", "state_type", "state_name")
        .annotate(start=Min("start_time"), end=Max("end_time"), runs=Count("pk"), ended=Count("end_time"))
    )
    by_task: dict[str, list[dict[str, Any]]] = {}
    for group in groups:
        by_task.setdefault(group["task_key"], []).append(dict(group))
    rows = [_grouped_row(task_key, groups) for task_key, groups in by_task.items()]
    return sorted(rows, key=lambda row: (row.start is None, row.start, row.name))[:limit]


def _grouped_row(task_key: str, groups: list[dict[str, Any]]) -> TimelineRow:
    """Return the row of a task, whose runs are grouped by state."""
    counts: Counter[str] = Counter()
    for group in groups:
        counts[display_state(group["state_type"], group["state_name"])] += group["runs"]
    starts = [group["start"] for group in groups if group["start"]]
    all_ended = all(group["runs"] == group["ended"] for group in groups)
    ends = [group["end"] for group in groups if group["end"]]
    return TimelineRow(
        # The key of a task is its name and a hash of its code.
        name=task_key.rpartition("-")[0] or task_key,
        display_state=next(state for state in DISPLAY_STATES if counts[state]),
        start=min(starts, default=None),
        end=max(ends, default=None) if all_ended else None,
        counts=counts,
    )
