"""How many runs each slice of a window holds, by look, counted by the database."""

from collections import Counter, defaultdict
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Case, Count, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.sql.compiler import SQLCompiler

from workspaces.runs import states
from workspaces.runs.pages.looks import look_of
from workspaces.runs.pages.periods import Window

Slices = dict[int, Counter[str]]
Sql = tuple[str, tuple[Any, ...]]


class SliceNumber(Func):
    """Which slice of a window a moment falls in."""

    arity = 3
    output_field = IntegerField()

    def __init__(self, moment: str, window: Window) -> None:
        super().__init__(moment, Value(int(window.start.timestamp())), Value(int(window.slice.total_seconds())))

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        return self._cut("(CAST(strftime('%%s', substr({0}, 1, 19)) AS INTEGER) - {1}) / {2}", compiler)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        return self._cut("FLOOR((EXTRACT(EPOCH FROM {0}) - {1}) / {2})::integer", compiler)

    def _cut(self, template: str, compiler: SQLCompiler) -> Sql:
        # The numbers are ours and stand in the text: a parameter in GROUP BY is another expression to PostgreSQL.
        moment, start, width = self.get_source_expressions()
        column, params = compiler.compile(moment)
        return template.format(column, int(start.value), int(width.value)), tuple(params)


def runs_by_slice(runs: QuerySet[Any], window: Window) -> Slices:
    """Runs by the time at which they were expected to start."""
    found = (
        runs.filter(expected_start_time__gte=window.start, expected_start_time__lt=window.end)
        .annotate(
            slice=SliceNumber("expected_start_time", window),
            late=Case(
                When(Q(state_type=states.SCHEDULED, state_name="Late"), then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            ),
        )
        .values("slice", "state_type", "late")
        .annotate(runs=Count("pk"))
        .order_by()
    )
    slices: Slices = defaultdict(Counter)
    for row in found:
        slices[row["slice"]][look_of(row["state_type"], "Late" if row["late"] else None)] += row["runs"]
    return slices


def total(slices: Slices) -> Counter[str]:
    return sum(slices.values(), Counter())
