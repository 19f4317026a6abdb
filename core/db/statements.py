"""SQL of the hot path, built by the ORM once and reused, because building it costs more than running it.

Everything else uses the ORM as usual. Django documents neither compilers nor `get_db_prep_save`, so
tests/core/db/test_statements.py compares the results with those of the ORM.
"""

import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.db import OperationalError, connection
from django.db.models import Field, Model, QuerySet


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A compiled query. `params` are the parameters of `sql`, with a `_Slot` for each value that is still to come."""

    sql: str
    params: list[Any]
    compiler: Any
    converters: Any  # from the database's types to Python's, by column


class _Slot(int):
    """A placeholder in the parameters. Its value is the index of the argument that replaces it."""


class Prepared:
    """A `values_list` queryset with UUIDs or strings as parameters, compiled on its first use.

        flow_names = Prepared(lambda workspace: Flow.objects.filter(workspace=workspace).values_list("name"))
        flow_names.rows(workspace_id)

    `build` returns the queryset. It takes the values by position and must use each once, in a plain comparison. If it
    takes `*values`, `count` is their number.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], count: int | None = None) -> None:
        self.build = build
        # The query is compiled with random ids in place of the values, to find their positions among the parameters.
        self._stand_ins = [uuid4() for _ in range(count or len(inspect.signature(build).parameters))]
        self._compiled: dict[str, _Compiled] = {}  # by the database's vendor

    def rows(self, *values: UUID | str) -> list[tuple[Any, ...]]:
        """Return the rows for these values."""
        with connection.cursor() as cursor:
            cursor.execute(*self.statement(values))
            return self.converted(cursor.fetchall())

    def first(self, *values: UUID | str) -> tuple[Any, ...] | None:
        """Return the first row for these values, or None if there is none."""
        return next(iter(self.rows(*values)), None)

    def statement(self, values: Sequence[UUID | str]) -> tuple[str, list[Any]]:
        """Return the SQL and its parameters for these values."""
        compiled = self._compiled.get(connection.vendor) or self._compile()
        if not connection.features.has_native_uuid_field:
            values = [value.hex if isinstance(value, UUID) else value for value in values]
        return compiled.sql, [values[param] if type(param) is _Slot else param for param in compiled.params]

    def converted(self, rows: Any) -> list[tuple[Any, ...]]:
        """Return rows that the cursor fetched, with Python's types in place of the database's."""
        compiled = self._compiled[connection.vendor]
        if compiled.converters:
            rows = compiled.compiler.apply_converters(rows, compiled.converters)
        return [tuple(row) for row in rows]

    def _compile(self) -> _Compiled:
        compiler = self.build(*self._stand_ins).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        params = [self._slot(param) for param in params]
        if sum(type(param) is _Slot for param in params) != len(self._stand_ins):
            raise TypeError("A prepared query uses each of its values once, in a plain comparison")
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        compiled = self._compiled[connection.vendor] = _Compiled(sql, params, compiler, converters)
        return compiled

    def _slot(self, param: Any) -> Any:
        """Return a placeholder if the parameter is a stand-in for a value, else the parameter."""
        for position, stand_in in enumerate(self._stand_ins):
            if param in (stand_in, stand_in.hex, str(stand_in)):
                return _Slot(position)
        return param


def fetch_both(
    first: Prepared, first_values: Sequence[UUID | str], second: Prepared, second_values: Sequence[UUID | str]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return the rows of two queries, in one round trip if the database takes several statements at once."""
    if not _takes_several_statements():
        return first.rows(*first_values), second.rows(*second_values)
    first_sql, first_params = first.statement(first_values)
    second_sql, second_params = second.statement(second_values)
    with connection.cursor() as cursor:
        cursor.execute(f"{first_sql};{second_sql}", [*first_params, *second_params])
        first_rows = first.converted(cursor.fetchall())
        cursor.nextset()
        return first_rows, second.converted(cursor.fetchall())


class _Pipeline(threading.local):
    """The statements that `pipelined` collects in this thread, or None outside of its block."""

    collected: list[tuple[str, list[Any]]] | None = None


_pipeline = _Pipeline()


@contextmanager
def pipelined() -> Iterator[None]:
    """Collect the calls of `insert` and `update` in the block, and send them at its end in one round trip.

    Sends them at once if the database does not take several statements in one round trip. Rows can refer to each other
    in any order, because foreign keys are checked at the end of the transaction. Queries in the block do not see
    collected rows. If the block raises an exception, nothing is sent.
    """
    if not _takes_several_statements() or _pipeline.collected is not None:
        yield
        return
    collected = _pipeline.collected = []
    try:
        yield
    finally:
        _pipeline.collected = None
    if collected:
        with connection.cursor() as cursor:
            cursor.execute(
                ";".join(sql for sql, _ in collected), [value for _, params in collected for value in params]
            )


def insert(row: Model) -> None:
    """Insert a new row, without signals or a savepoint."""
    sql, fields = _insert_statement(type(row), connection.vendor)
    _send(sql, [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])
    row._state.adding, row._state.db = False, connection.alias


def insert_many(model: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert new rows, each given as a dict with all columns, without signals.

    PostgreSQL gets all rows as one JSON text. Many single values cost several times as much, and COPY is refused for
    tables with row-level security.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_insert_many_statement(model), [orjson.dumps(rows).decode()])
    else:
        objects: Any = QuerySet(model)
        objects.bulk_create([model(**row) for row in rows])


def update(row: Model, columns: tuple[str, ...]) -> None:
    """Update these fields of a row, given by name."""
    sql, fields, key = _update_statement(type(row), columns, connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, False), connection) for field in fields]
    _send(sql, [*values, key.get_db_prep_save(row.pk, connection)])


@cache
def all_columns(model: type[Model]) -> list[str]:
    """Return the names of all columns of a model, for `values_list`."""
    return [field.attname for field in model._meta.concrete_fields]


def load(model: type[Model], row: Sequence[Any]) -> Any:
    """Return an instance made from values in the order of `all_columns`."""
    return model.from_db(connection.alias, all_columns(model), row)


def is_away(error: OperationalError) -> bool:
    """Return whether the database is unreachable or busy, so that a retry may succeed.

    PostgreSQL also raises this exception for values beyond its limits (class 54), for which a retry never succeeds.
    """
    if connection.vendor == "sqlite":
        return "locked" in str(error) or "busy" in str(error)
    return not took_too_long(error) and not str(getattr(error.__cause__, "sqlstate", None) or "").startswith("54")


def took_too_long(error: BaseException) -> bool:
    """Return whether the database ended a query because its time was up."""
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) == "57014" or getattr(cause, "sqlite_errorname", None) == "SQLITE_INTERRUPT"


def _send(sql: str, values: list[Any]) -> None:
    """Run a statement, or add it to those that `pipelined` collects."""
    if _pipeline.collected is not None:
        _pipeline.collected.append((sql, values))
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _takes_several_statements() -> bool:
    """Return whether one `execute` can have several statements."""
    return connection.vendor == "postgresql"


@cache
def _insert_statement(model: type[Model], vendor: str) -> tuple[str, list["Field[Any, Any]"]]:
    """Return the SQL that inserts a row, and the fields whose values it takes."""
    quote = connection.ops.quote_name
    fields = list(model._meta.concrete_fields)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    placeholders = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({placeholders})", fields  # noqa: S608  no input


@cache
def _insert_many_statement(model: type[Model]) -> str:
    quote = connection.ops.quote_name
    fields = list(model._meta.concrete_fields)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    typed = ", ".join(f"{quote(str(field.column))} {field.db_type(connection)}" for field in fields)
    table = quote(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_to_recordset(%s) AS line({typed})"  # noqa: S608  no input


@cache
def _update_statement(
    model: type[Model], columns: tuple[str, ...], vendor: str
) -> tuple[str, list["Field[Any, Any]"], "Field[Any, Any]"]:
    """Return the SQL that updates a row, the fields whose values it takes, and the primary key, its last parameter."""
    quote, meta = connection.ops.quote_name, model._meta
    fields: list[Any] = [meta.get_field(column) for column in columns]
    changes = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    key = quote(str(meta.pk.column))
    return f"UPDATE {quote(meta.db_table)} SET {changes} WHERE {key} = %s", fields, meta.pk  # noqa: S608  no input
