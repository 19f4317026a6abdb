"""Runs over time, counted by the database (orchestration.md 1.16 and 5.4).

The runs are chosen by a queryset; what is computed of them is SQL, since the ORM's expressions for it cost more than
the query itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
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
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = ("state_type", "state_name", "state_timestamp", "expected_start_time", "start_time", "total_run_time")

# Seconds between two times, seconds of a duration, and the number of the slice that a run is expected in, counted
# from a time and with a width, both in microseconds.
_DIALECT = {
    "postgresql": {
        "span": "EXTRACT(EPOCH FROM ({later} - {earlier}))::float8",
        "duration": "EXTRACT(EPOCH FROM {0})::float8",
        "slice": "FLOOR((ROUND(EXTRACT(EPOCH FROM expected_start_time)::float8 * 1000000) - %s) / %s)::int",
    },
    "sqlite": {
        "span": "django_timestamp_diff({later}, {earlier}) / 1000000.0",
        "duration": "{0} / 1000000.0",
        # From the digits of the stored text: Django's own function would be called in Python for every row.
        "slice": "(CAST(strftime('%%s', substr(expected_start_time, 1, 19)) AS INTEGER) * 1000000"
        " + CAST(substr(expected_start_time || '.000000', 21, 6) AS INTEGER) - %s) / %s",
    },
}


def run_history(runs: Runs, start: datetime, end: datetime, interval: timedelta) -> list[dict[str, Any]]:
    """Half-open intervals by expected start, each with its states: how many, their run time and lateness in seconds."""
    if interval < timedelta(seconds=1):
        raise ApiError(422, "History interval must not be less than 1 second.")
    count = min(_MOST_INTERVALS, max(0, -int((start - end) // interval)))
    try:
        edges = [start + number * interval for number in range(count + 1)]
    except OverflowError:
        raise ApiError(422, "The last interval of the history ends after the year 9999.") from None
    now = timezone.now()
    run_time, ran = _run_time(now)
    lateness, late = _lateness(now)
    sums = f", SUM({run_time}), SUM({lateness})"
    begun = runs.filter(state_type__isnull=False)
    rows = _by_slice(begun, start, min(end, edges[-1]), interval, sums, [*ran, *late])
    states: dict[int, list[dict[str, Any]]] = defaultdict(list)
    names = ("state_type", "state_name", "count_runs", "sum_estimated_run_time", "sum_estimated_lateness")
    for number, *row in sorted(rows, key=lambda row: row[:3]):  # few, where the database would sort the runs
        states[number].append(dict(zip(names, row, strict=True)))
    return [
        {"interval_start": edges[number], "interval_end": edges[number + 1], "states": states.get(number, [])}
        for number in range(count)
    ]


def counts_by_slice(
    runs: Runs, start: datetime, end: datetime, width: timedelta
) -> list[tuple[int, str | None, str | None, int]]:
    """How many runs of which state type and name are expected in each slice; slices without any are left out."""
    return _by_slice(runs, start, end, width)


def average_lateness(runs: QuerySet[FlowRun]) -> float | None:
    """Seconds; None without runs."""
    lateness, values = _lateness(timezone.now())
    averages = _ask(f"AVG({lateness})", values, runs)
    return averages[0][0] if averages else None


def _by_slice(
    runs: Runs, start: datetime, end: datetime, width: timedelta, sums: str = "", values: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    microsecond = timedelta(microseconds=1)
    chosen = f"{_dialect('slice')}, state_type, state_name, COUNT(*){sums}"
    within = runs.filter(expected_start_time__gte=start, expected_start_time__lt=end)
    cut = [(start - _EPOCH) // microsecond, width // microsecond]
    return _ask(chosen, [*cut, *values], within, "GROUP BY 1, 2, 3")


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
