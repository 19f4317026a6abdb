"""Runs over time, counted by the database (orchestration.md 1.16 and 5.4)."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Avg,
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.utils import timezone

from accounts.rest.errors import ApiError
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.states import RUNNING, TERMINAL

Runs = QuerySet[FlowRun] | QuerySet[TaskRun]
_MOST_INTERVALS = 500


def run_history(runs: Runs, start: datetime, end: datetime, interval: timedelta) -> list[dict[str, Any]]:
    """Half-open intervals by expected start, each with its states: how many, their run time and lateness in seconds."""
    if interval < timedelta(seconds=1):
        raise ApiError(422, "History interval must not be less than 1 second.")
    count = min(_MOST_INTERVALS, max(0, -int((start - end) // interval)))
    end = min(end, start + count * interval)
    states: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in _counted(runs, start, end, interval):
        states[row.pop("bucket")].append(row)
    return [
        {
            "interval_start": start + number * interval,
            "interval_end": start + (number + 1) * interval,
            "states": states.get(number, []),
        }
        for number in range(count)
    ]


def average_lateness(runs: QuerySet[FlowRun]) -> float | None:
    """Seconds; None without runs."""
    average: timedelta | None = runs.aggregate(lateness=Avg(_lateness(timezone.now())))["lateness"]
    return None if average is None else average.total_seconds()


class _Bucket(Func):
    """The number of the interval that a span from the start falls into."""

    output_field = IntegerField()

    def __init__(self, span: Combinable, interval: timedelta) -> None:
        self.interval = interval
        super().__init__(span)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        seconds = self.interval.total_seconds()
        return super().as_sql(
            compiler, connection, template=f"FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / {seconds!r})::int", **context
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        microseconds = self.interval // timedelta(microseconds=1)
        return super().as_sql(compiler, connection, template=f"(%(expressions)s) / {microseconds}", **context)


def _counted(runs: Runs, start: datetime, end: datetime, interval: timedelta) -> list[dict[str, Any]]:
    now = timezone.now()
    rows = (
        runs.filter(expected_start_time__gte=start, expected_start_time__lt=end, state_type__isnull=False)
        .annotate(bucket=_Bucket(_span(F("expected_start_time"), Value(start)), interval))
        .values("bucket", "state_type", "state_name")
        .annotate(
            count_runs=Count("id"),
            sum_estimated_run_time=Sum(_run_time(now)),
            sum_estimated_lateness=Sum(_lateness(now)),
        )
        .order_by("bucket", "state_type", "state_name")
    )
    return [
        row
        | {
            "sum_estimated_run_time": row["sum_estimated_run_time"].total_seconds(),
            "sum_estimated_lateness": row["sum_estimated_lateness"].total_seconds(),
        }
        for row in rows
    ]


def _run_time(now: datetime) -> Combinable:
    running = Case(
        When(state_type=RUNNING, then=_span(Value(now), F("state_timestamp"))),
        default=Value(timedelta()),
        output_field=DurationField(),
    )
    return ExpressionWrapper(F("total_run_time") + running, output_field=DurationField())


def _lateness(now: datetime) -> Case:
    started_late = Q(start_time__gt=F("expected_start_time"))
    waits = Q(start_time=None, expected_start_time__lt=now) & ~Q(state_type__in=TERMINAL)
    return Case(
        When(started_late, then=_span(F("start_time"), F("expected_start_time"))),
        When(waits, then=_span(Value(now), F("expected_start_time"))),
        default=Value(timedelta()),
        output_field=DurationField(),
    )


def _span(later: Combinable, earlier: Combinable) -> "ExpressionWrapper[Any]":
    return ExpressionWrapper(later - earlier, output_field=DurationField())
