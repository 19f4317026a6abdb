"""Count runs over time in the database (docs/contract/runs.md, "Derived values" and "History").

A queryset selects the runs. The aggregates are written in SQL, since building them with the ORM costs more than running
the query.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from core.errors import Invalid
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.states import RUNNING, TERMINAL

Runs = QuerySet[FlowRun] | QuerySet[TaskRun]
_MOST_INTERVALS = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = ("state_type", "state_name", "state_timestamp", "expected_start_time", "start_time", "total_run_time")

# The seconds between two times, the seconds of a duration, and the number of the slice in which a run is expected to
# start. Slices begin at a time and have a width, both in microseconds.
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
    """Return half-open intervals of the expected start time, each with its states.

    A state has the number of runs, and their run time and lateness in seconds. Raises `Invalid` for an interval under a
    second, and for one that ends after the year 9999.
    """
    if interval < timedelta(seconds=1):
        raise Invalid("History interval must not be less than 1 second.")
    count = min(_MOST_INTERVALS, max(0, -int((start - end) // interval)))
    try:
        edges = [start + number * interval for number in range(count + 1)]
    except OverflowError:
        raise Invalid("The last interval of the history ends after the year 9999.") from None
    now = timezone.now()
    run_time, run_time_values = _run_time(now)
    lateness, lateness_values = _lateness(now)
    sums = f", SUM({run_time}), SUM({lateness})"
    with_state = runs.filter(state_type__isnull=False)
    rows = _group_by_slice(with_state, start, min(end, edges[-1]), interval, sums, [*run_time_values, *lateness_values])
    states: dict[int, list[dict[str, Any]]] = defaultdict(list)
    names = ("state_type", "state_name", "count_runs", "sum_estimated_run_time", "sum_estimated_lateness")
    for number, *row in sorted(rows, key=lambda row: row[:3]):  # sorts few groups here, not all runs in SQL
        states[number].append(dict(zip(names, row, strict=True)))
    return [
        {"interval_start": edges[number], "interval_end": edges[number + 1], "states": states.get(number, [])}
        for number in range(count)
    ]


def counts_by_slice(
    runs: Runs, start: datetime, end: datetime, width: timedelta
) -> list[tuple[int, str | None, str | None, int]]:
    """Return the number of the slice, the type and name of a state, and how many runs in that state are expected there.

    Slices without runs are left out.
    """
    return _group_by_slice(runs, start, end, width)


def average_lateness(runs: QuerySet[FlowRun]) -> float | None:
    """Return how many seconds late the runs are on average, or None if there are no runs."""
    lateness, values = _lateness(timezone.now())
    averages = _select(f"AVG({lateness})", values, runs)
    return averages[0][0] if averages else None


def _group_by_slice(
    runs: Runs, start: datetime, end: datetime, width: timedelta, sums: str = "", values: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    microsecond = timedelta(microseconds=1)
    columns = f"{_dialect('slice')}, state_type, state_name, COUNT(*){sums}"
    expected = runs.filter(expected_start_time__gte=start, expected_start_time__lt=end)
    slices = [(start - _EPOCH) // microsecond, width // microsecond]
    return _select(columns, [*slices, *values], expected, "GROUP BY 1, 2, 3")


def _run_time(now: datetime) -> tuple[str, list[Any]]:
    running = f"CASE WHEN state_type = %s THEN {_dialect('span', later='%s', earlier='state_timestamp')} ELSE 0 END"
    return f"{_dialect('duration', 'total_run_time')} + {running}", [RUNNING, _time(now)]


def _lateness(now: datetime) -> tuple[str, list[Any]]:
    terminal = ", ".join(["%s"] * len(TERMINAL))
    start_delay = _dialect("span", later="start_time", earlier="expected_start_time")
    wait = _dialect("span", later="%s", earlier="expected_start_time")
    sql = (
        f"CASE WHEN start_time > expected_start_time THEN {start_delay} "
        f"WHEN start_time IS NULL AND expected_start_time < %s AND state_type NOT IN ({terminal}) "
        f"THEN {wait} ELSE 0 END"
    )
    return sql, [_time(now), *sorted(TERMINAL), _time(now)]


def _select(columns: str, values: list[Any], runs: Runs, group_by: str = "") -> list[tuple[Any, ...]]:
    try:
        inner, params = runs.order_by().values_list(*_COLUMNS).query.sql_with_params()
    except EmptyResultSet:  # Django knows without a query that no run matches
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM ({inner}) AS run {group_by}", [*values, *params])  # noqa: S608  no input
        return list(cursor.fetchall())


def _dialect(name: str, *words: str, **named: str) -> str:
    return _DIALECT[connection.vendor][name].format(*words, **named)


def _time(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)
