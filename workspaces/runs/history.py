"""Runs over time, counted by the database (orchestration.md 1.16 and 5.4).

The runs are chosen by a queryset; what is computed of them is SQL, since the ORM's expressions for it cost more than
the query itself.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.rest.errors import ApiError
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.states import RUNNING, TERMINAL

Runs = QuerySet[FlowRun] | QuerySet[TaskRun]
_MOST_INTERVALS = 500
_COLUMNS = ("state_type", "state_name", "state_timestamp", "expected_start_time", "start_time", "total_run_time")

# Seconds between two times, seconds of a duration, and the number of the interval of so many microseconds.
_DIALECT = {
    "postgresql": {
        "span": "EXTRACT(EPOCH FROM ({later} - {earlier}))::float8",
        "duration": "EXTRACT(EPOCH FROM {0})::float8",
        "bucket": "FLOOR(EXTRACT(EPOCH FROM (expected_start_time - %s)) * 1000000 / %s)::int",
    },
    "sqlite": {
        "span": "django_timestamp_diff({later}, {earlier}) / 1000000.0",
        "duration": "{0} / 1000000.0",
        "bucket": "django_timestamp_diff(expected_start_time, %s) / %s",
    },
}


def run_history(runs: Runs, start: datetime, end: datetime, interval: timedelta) -> list[dict[str, Any]]:
    """Half-open intervals by expected start, each with its states: how many, their run time and lateness in seconds."""
    if interval < timedelta(seconds=1):
        raise ApiError(422, "History interval must not be less than 1 second.")
    count = min(_MOST_INTERVALS, max(0, -int((start - end) // interval)))
    end = min(end, start + count * interval)
    states: dict[int, list[dict[str, Any]]] = defaultdict(list)
    names = ("state_type", "state_name", "count_runs", "sum_estimated_run_time", "sum_estimated_lateness")
    for bucket, *row in _counted(runs, start, end, interval):
        states[bucket].append(dict(zip(names, row, strict=True)))
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
    lateness, values = _lateness(timezone.now())
    averages = _ask(f"AVG({lateness})", values, runs)
    return averages[0][0] if averages else None


def _counted(runs: Runs, start: datetime, end: datetime, interval: timedelta) -> list[tuple[Any, ...]]:
    now = timezone.now()
    run_time, ran = _run_time(now)
    lateness, late = _lateness(now)
    chosen = f"{_dialect('bucket')}, state_type, state_name, COUNT(*), SUM({run_time}), SUM({lateness})"
    values = [_time(start), interval // timedelta(microseconds=1), *ran, *late]
    within = runs.filter(expected_start_time__gte=start, expected_start_time__lt=end, state_type__isnull=False)
    return _ask(chosen, values, within, "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3")


def _run_time(now: datetime) -> tuple[str, list[Any]]:
    running = f"CASE WHEN state_type = %s THEN {_dialect('span', later='%s', earlier='state_timestamp')} ELSE 0 END"
    return f"{_dialect('duration', 'total_run_time')} + {running}", [RUNNING, _time(now)]


def _lateness(now: datetime) -> tuple[str, list[Any]]:
    ends = ", ".join(["%s"] * len(TERMINAL))
    began = _dialect("span", later="start_time", earlier="expected_start_time")
    waits = _dialect("span", later="%s", earlier="expected_start_time")
    sql = (
        f"CASE WHEN start_time > expected_start_time THEN {began} "
        f"WHEN start_time IS NULL AND expected_start_time < %s AND state_type NOT IN ({ends}) THEN {waits} ELSE 0 END"
    )
    return sql, [_time(now), *sorted(TERMINAL), _time(now)]


def _ask(chosen: str, values: list[Any], runs: Runs, more: str = "") -> list[tuple[Any, ...]]:
    try:
        inner, params = runs.order_by().values_list(*_COLUMNS).query.sql_with_params()
    except EmptyResultSet:  # Django sees that the filters leave nothing
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {chosen} FROM ({inner}) AS run {more}", [*values, *params])  # noqa: S608  our own words
        return list(cursor.fetchall())


def _dialect(name: str, *words: str, **named: str) -> str:
    return _DIALECT[connection.vendor][name].format(*words, **named)


def _time(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)
