"""Lay out a flow run and its task runs as bars on a time axis."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from django.utils import timezone

from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, FlowRunState
from workspaces.runs.pages.bar_chart import Mark
from workspaces.runs.pages.display_state import DISPLAY_STATES, display_state
from workspaces.runs.pages.timeline_rows import TimelineRow, grouped_rows, single_rows
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
    """A bar, with positions and lengths as SVG takes them."""

    x: str
    width: str
    display_state: str
    label: str
    y: float = 7
    height: float = 14


@dataclass(frozen=True, slots=True)
class Lane:
    """The bars of a flow run, of a task run, or of all runs of a task, which have `counts` by state."""

    name: str
    display_state: str
    spans: list[Span]
    elapsed: timedelta | None
    task: UUID | None = None
    child: UUID | None = None
    counts: list[tuple[str, int]] | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The lane of the run and those of its task runs. `step` is the distance between two ticks, as a fraction."""

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

    def span(self, start: datetime, end: datetime, display_state: str, label: str) -> Span:
        """Return the bar between two times. It is wide enough to be visible."""
        length = (self.end - self.start).total_seconds()
        left = min(max((start - self.start).total_seconds() / length, 0), 1) * 100
        right = min(max((end - self.start).total_seconds() / length, 0), 1) * 100
        return Span(f"{min(left, 99.6):.3f}%", f"{max(right - left, 0.4):.3f}%", display_state, label)


def timeline(workspace: Workspace, run: FlowRun, states: list[FlowRunState], task_run_count: int) -> Timeline:
    """Return the timeline of a run with these states, oldest first. Groups task runs by task if there are too many."""
    now = timezone.now()
    task_runs = workspace.taskruns.filter(flow_run=run)
    grouped = task_run_count > MOST_LANES
    rows = grouped_rows(task_runs, MOST_LANES) if grouped else single_rows(workspace, run, task_runs, MOST_LANES)
    axis = _axis(run, states, rows, now)
    ticks, step = _ticks(axis)
    return Timeline(
        run=_run_lane(run, states, axis, now),
        lanes=[_lane(row, axis, now) for row in rows],
        ticks=ticks,
        step=step,
        grouped=grouped,
        task_runs=task_run_count,
    )


def _axis(run: FlowRun, states: list[FlowRunState], rows: list[TimelineRow], now: datetime) -> _Axis:
    starts = [start for start in (run.start_time, *(row.start for row in rows)) if start]
    start = min(starts, default=states[0].timestamp if states else run.created)
    ends = [end for end in (run.end_time, *(row.end for row in rows)) if end]
    end = max(ends, default=now) if run.end_time else now
    return _Axis(start, max(end, start + timedelta(milliseconds=10)))


def _run_lane(run: FlowRun, states: list[FlowRunState], axis: _Axis, now: datetime) -> Lane:
    """Return the lane of the flow run, with a bar for each of its states."""
    ends = [following.timestamp for _, following in pairwise(states)] + [run.end_time or now]
    spans = [
        axis.span(state.timestamp, end, display_state(state.type, state.name), state.name)
        for state, end in zip(states, ends, strict=False)
        if end > axis.start and state.timestamp < axis.end
    ]
    elapsed = (run.end_time or now) - run.start_time if run.start_time else None
    return Lane(run.name, display_state(run.state_type, run.state_name), spans, elapsed)


def _lane(row: TimelineRow, axis: _Axis, now: datetime) -> Lane:
    spans, elapsed, counts = [], None, None
    if row.counts:
        counts = [(state, row.counts[state]) for state in reversed(DISPLAY_STATES) if row.counts[state]]
    if row.start:
        end = row.end or now
        elapsed = max(end - row.start, timedelta())
        spans = [axis.span(row.start, end, row.display_state, f"{row.name}: {row.display_state}")]
        if counts:
            spans = _split_by_state(spans[0], counts)
    return Lane(row.name, row.display_state, spans, elapsed, row.task, row.child, counts)


def _split_by_state(span: Span, counts: list[tuple[str, int]]) -> list[Span]:
    """Split the bar of many task runs lengthwise, so that each state has its share of the height."""
    least = 3
    spare, total = span.height - least * len(counts), sum(count for _, count in counts)
    parts, y = [], span.y
    for state, count in counts:
        height = round(least + max(spare, 0) * count / total, 2)
        parts.append(replace(span, display_state=state, label=f"{count:,} {state}", y=round(y, 2), height=height))
        y += height
    return parts


def _ticks(axis: _Axis) -> tuple[list[Mark], str]:
    """Return at most seven marks at round times since the start, and their distance as a fraction of the axis."""
    length = axis.end - axis.start
    step = next((step for step in _STEPS if length / step <= 6), timedelta(days=1 + length.days // 6))
    marks = [
        Mark(f"{100 * number * step / length:.3f}%", duration(number * step))
        for number in range(int(length / step) + 1)
        if number * step / length < 0.95  # a label after that would not fit into the drawing
    ]
    return marks, f"{step / length:.5f}"
