"""Measure how many rows a workspace has and gets, and forecast what that takes on disk."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from orgs.plans import Retention
from workspaces.events.models import Event
from workspaces.retention.models import PruningProgress
from workspaces.runs.models import FlowRun, Log, TaskRun

_WEEK = 7
FORECAST_DAYS = 30
# Kind, model, and the column that says when a row was added. What belongs to runs is counted as part of them.
_MEASURED: tuple[tuple[str, Any, str], ...] = (
    ("runs", FlowRun, "created"),
    ("task_runs", TaskRun, "created"),
    ("events", Event, "occurred"),
    ("logs", Log, "timestamp"),
)
# Bytes of a row with its indexes, where the database does not tell: measured with the demo's rows.
_BYTES = {"runs": 4_000, "task_runs": 2_500, "events": 2_000, "logs": 500}


@dataclass(frozen=True, slots=True)
class Forecast:
    """The bytes of a kind: now, and in some days if as many rows are added as in the last week."""

    kind: str
    rows: int
    rows_a_day: float
    bytes_now: int
    bytes_then: int


def measure(workspace_id: UUID, now: datetime) -> tuple[dict[str, int], dict[str, float]]:
    """Return the rows of a workspace by kind, and how many were added a day in the last week."""
    rows, rows_a_day = {}, {}
    for kind, model, column in _MEASURED:
        found: QuerySet[Any] = model.objects.filter(workspace=workspace_id)
        rows[kind] = found.count()
        rows_a_day[kind] = round(found.filter(**{f"{column}__gte": now - timedelta(days=_WEEK)}).count() / _WEEK, 1)
    return rows, rows_a_day


def forecast(progress: list[PruningProgress], retentions: dict[UUID, Retention]) -> list[Forecast]:
    """Return the forecast of the workspaces together. `retentions` has the days that hold for each."""
    forecasts = []
    for kind, model, _ in _MEASURED:
        size = bytes_of_row(kind, model)
        now = sum(row.rows.get(kind, 0) for row in progress)
        added = sum(row.rows_a_day.get(kind, 0) for row in progress)
        then = sum(_rows_then(row, kind, retentions[row.workspace_id]) for row in progress)
        forecasts.append(Forecast(kind, now, added, now * size, int(then * size)))
    return forecasts


def bytes_of_row(kind: str, model: Any) -> int:
    """Return the bytes that a row takes with its share of the indexes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sum(pg_total_relation_size(c.oid)), sum(greatest(c.reltuples, 0)) FROM pg_class c "
                "WHERE c.relkind = 'r' AND (c.oid = to_regclass(%s) "
                "OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass(%s)))",
                [model._meta.db_table, model._meta.db_table],
            )
            size, rows = cursor.fetchone()
        if rows and rows > 1_000:
            return int(size / rows)
    return _BYTES[kind]


def _rows_then(row: PruningProgress, kind: str, retention: Retention) -> float:
    """Return how many rows there will be. With a retention, no more than come in its days."""
    grown: float = row.rows.get(kind, 0) + FORECAST_DAYS * row.rows_a_day.get(kind, 0)
    days = getattr(retention, "runs" if kind == "task_runs" else kind)
    if days is None:
        return grown
    kept: float = max(days, 1) * row.rows_a_day.get(kind, 0)
    old: float = row.rows.get(kind, 0) * max(0, days - FORECAST_DAYS) / days
    return min(grown, max(kept, old))
