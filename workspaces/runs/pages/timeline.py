"""A run as bars on a time axis: one lane a task run, or one a task when there are too many."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, FlowRunState, TaskRun
from workspaces.runs.pages.looks import LOOKS, look_of
from workspaces.runs.pages.stacks import Mark
from workspaces.templatetags.shown import duration

MOST_LANES = 300
_STEPS = [
    timedelta(milliseconds=milliseconds) for size in (1, 10, 100, 1000) for milliseconds in (size, 2 * size, 5 * size)
] + [
    timedelta(seconds=seconds)
    for seconds in (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
]


@dataclass(frozen=True, slots=True)
class Span:
    x: str
    width: str
    look: str
    label: str
    y: float = 7
    height: float = 14


@dataclass(frozen=True, slots=True)
class Lane:
    name: str
    look: str
    spans: list[Span]
    took: timedelta | None
    task: UUID | None = None
    child: UUID | None = None
    counts: list[tuple[str, int]] | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    run: Lane
    lanes: list[Lane]
    ticks: list[Mark]
    step: str
    grouped: bool
    task_runs: int


@dataclass(frozen=True, slots=True)
class _Axis:
    start: datetime
    end: datetime

    def span(self, start: datetime, end: datetime, look: str, label: str) -> Span:
        length = (self.end - self.start).total_seconds()
        x = min(max((start - self.start).total_seconds() / length, 0), 1) * 100
        to = min(max((end - self.start).total_seconds() / length, 0), 1) * 100
        return Span(f"{min(x, 99.6):.3f}%", f"{max(to - x, 0.4):.3f}%", look, label)


def timeline(workspace: Workspace, run: FlowRun, states: list[FlowRunState], task_runs: int) -> Timeline:
    now = timezone.now()
    tasks = workspace.taskruns.filter(flow_run=run)
    grouped = task_runs > MOST_LANES
    rows = _grouped(tasks) if grouped else _single(workspace, run, tasks)
    axis = _axis(run, states, rows, now)
    ticks, step = _ticks(axis)
    return Timeline(
        run=_run_lane(run, states, axis, now),
        lanes=[_lane(row, axis, now) for row in rows],
        ticks=ticks,
        step=step,
        grouped=grouped,
        task_runs=task_runs,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    look: str
    start: datetime | None
    end: datetime | None
    task: UUID | None = None
    child: UUID | None = None
    counts: Counter[str] | None = None


def _single(workspace: Workspace, run: FlowRun, tasks: QuerySet[TaskRun]) -> list[_Row]:
    children = dict(workspace.flowruns.filter(parent_task_run__flow_run=run).values_list("parent_task_run", "id"))
    ordered = tasks.order_by(Coalesce("start_time", "expected_start_time"), "id")[:MOST_LANES]
    return [
        _Row(
            task.name,
            look_of(task.state_type, task.state_name),
            task.start_time,
            task.end_time,
            task.id,
            children.get(task.id),
        )
        for task in ordered
    ]


def _grouped(tasks: QuerySet[TaskRun]) -> list[_Row]:
    found = (
        tasks.order_by()
        .values("task_key", "state_type", "state_name")
        .annotate(start=Min("start_time"), end=Max("end_time"), runs=Count("pk"), ended=Count("end_time"))
    )
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        groups.setdefault(row["task_key"], []).append(dict(row))
    rows = [_group(key, parts) for key, parts in groups.items()]
    return sorted(rows, key=lambda row: (row.start is None, row.start, row.name))[:MOST_LANES]


def _group(task_key: str, parts: list[dict[str, Any]]) -> _Row:
    counts: Counter[str] = Counter()
    for part in parts:
        counts[look_of(part["state_type"], part["state_name"])] += part["runs"]
    starts = [part["start"] for part in parts if part["start"]]
    all_ended = all(part["runs"] == part["ended"] for part in parts)
    ends = [part["end"] for part in parts if part["end"]]
    return _Row(
        # A task's key is its name and a hash of its code.
        name=task_key.rpartition("-")[0] or task_key,
        look=next(look for look in LOOKS if counts[look]),
        start=min(starts, default=None),
        end=max(ends, default=None) if all_ended else None,
        counts=counts,
    )


def _axis(run: FlowRun, states: list[FlowRunState], rows: list[_Row], now: datetime) -> _Axis:
    starts = [moment for moment in (run.start_time, *(row.start for row in rows)) if moment]
    start = min(starts, default=states[0].timestamp if states else run.created)
    ends = [moment for moment in (run.end_time, *(row.end for row in rows)) if moment]
    end = max(ends, default=now) if run.end_time else now
    return _Axis(start, max(end, start + timedelta(milliseconds=10)))


def _run_lane(run: FlowRun, states: list[FlowRunState], axis: _Axis, now: datetime) -> Lane:
    """The run's own lane shows the states that it went through."""
    ends = [later.timestamp for _, later in pairwise(states)] + [run.end_time or now]
    spans = [
        axis.span(state.timestamp, end, look_of(state.type, state.name), state.name)
        for state, end in zip(states, ends, strict=False)
        if end > axis.start and state.timestamp < axis.end
    ]
    took = (run.end_time or now) - run.start_time if run.start_time else None
    return Lane(run.name, look_of(run.state_type, run.state_name), spans, took)


def _lane(row: _Row, axis: _Axis, now: datetime) -> Lane:
    spans, took = [], None
    counts = [(look, row.counts[look]) for look in reversed(LOOKS) if row.counts[look]] if row.counts else None
    if row.start:
        end = row.end or now
        took = max(end - row.start, timedelta())
        spans = [axis.span(row.start, end, row.look, f"{row.name}: {row.look}")]
        if counts:
            spans = _split(spans[0], counts)
    return Lane(row.name, row.look, spans, took, row.task, row.child, counts)


def _split(span: Span, counts: list[tuple[str, int]]) -> list[Span]:
    """The bar of many task runs, cut along its length: each state has its share of the height."""
    least = 3
    room, total = span.height - least * len(counts), sum(number for _, number in counts)
    parts, y = [], span.y
    for look, number in counts:
        height = round(least + max(room, 0) * number / total, 2)
        parts.append(replace(span, look=look, label=f"{number:,} {look}", y=round(y, 2), height=height))
        y += height
    return parts


def _ticks(axis: _Axis) -> tuple[list[Mark], str]:
    """About six marks of round length, labelled with the time since the start."""
    length = axis.end - axis.start
    step = next((step for step in _STEPS if length / step <= 6), timedelta(days=1 + length.days // 6))
    marks = [
        Mark(f"{100 * number * step / length:.3f}%", duration(number * step))
        for number in range(int(length / step) + 1)
        if number * step / length < 0.95  # the last label would leave the drawing
    ]
    return marks, f"{step / length:.5f}"
