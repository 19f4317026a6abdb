"""SQL of the hot path, made by the ORM once and used again: building it costs more than running it.

Stands on the ground floor because every floor writes. Everything else uses the ORM as it is.
"""

import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from django.db import OperationalError, connection
from django.db.models import Field, Model, QuerySet


class Prepared:
    """A `values_list` queryset of some UUIDs or strings, compiled on its first use.

    `build` takes the values by position and may use each once, in a plain comparison.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._marks = [uuid4() for _ in inspect.signature(build).parameters]
        self._compiled: dict[str, tuple[str, list[Any], Any, Any]] = {}

    def rows(self, *values: UUID | str) -> list[tuple[Any, ...]]:
        """The rows for these values."""
        with connection.cursor() as cursor:
            cursor.execute(*self._filled(values))
            return self._read(cursor.fetchall())

    def first(self, *values: UUID | str) -> tuple[Any, ...] | None:
        return next(iter(self.rows(*values)), None)

    def _filled(self, values: Sequence[UUID | str]) -> tuple[str, list[Any]]:
        sql, params, _, _ = self._compiled.get(connection.vendor) or self._compile()
        if not connection.features.has_native_uuid_field:
            values = [value.hex if isinstance(value, UUID) else value for value in values]
        return sql, [values[param] if type(param) is _Slot else param for param in params]

    def _read(self, found: Any) -> list[tuple[Any, ...]]:
        _, _, compiler, converters = self._compiled[connection.vendor]
        return [tuple(row) for row in (compiler.apply_converters(found, converters) if converters else found)]

    def _compile(self) -> tuple[str, list[Any], Any, Any]:
        query = self._build(*self._marks).query
        compiler = query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [column for column, _, _ in compiler.select]
        compiled = (sql, [self._slot(param) for param in params], compiler, compiler.get_converters(columns))
        if sum(type(param) is _Slot for param in compiled[1]) != len(self._marks):
            raise TypeError("A prepared query uses each of its values once, in a plain comparison")
        self._compiled[connection.vendor] = compiled
        return compiled

    def _slot(self, param: Any) -> Any:
        for position, mark in enumerate(self._marks):
            if param in (mark, mark.hex, str(mark)):
                return _Slot(position)
        return param


class _Slot(int):
    """Where a value goes."""


def ask_both(
    first: Prepared, values: Sequence[UUID | str], second: Prepared, more: Sequence[UUID | str]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The rows of two queries, in one round trip where the database takes two at once."""
    if not _takes_many():
        return first.rows(*values), second.rows(*more)
    one, two = first._filled(values), second._filled(more)
    with connection.cursor() as cursor:
        cursor.execute(f"{one[0]};{two[0]}", [*one[1], *two[1]])
        found = first._read(cursor.fetchall())
        cursor.nextset()
        return found, second._read(cursor.fetchall())


@contextmanager
def together() -> Iterator[None]:
    """Send the inserts and updates made inside at its end, in one round trip where the database takes many at once.

    Rows refer to each other in any order: foreign keys are checked at the end of the transaction. What is read inside
    does not see what was written inside.
    """
    if not _takes_many() or getattr(_waiting, "sent", None) is not None:
        yield
        return
    sent: list[tuple[str, list[Any]]] = []
    _waiting.sent = sent
    try:
        yield
    finally:
        _waiting.sent = None
    if sent:
        with connection.cursor() as cursor:
            cursor.execute(";".join(sql for sql, _ in sent), [value for _, values in sent for value in values])


def insert(row: Model) -> None:
    """INSERT a new row. No signals, no savepoint."""
    sql, fields = _insert(type(row), connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    _send(sql, values)
    row._state.adding, row._state.db = False, connection.alias


def update(row: Model, columns: tuple[str, ...]) -> None:
    """UPDATE these columns (field names) of a row."""
    sql, fields, key = _update(type(row), columns, connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, False), connection) for field in fields]
    _send(sql, [*values, key.get_db_prep_save(row.pk, connection)])


def load(model: type[Model], row: Sequence[Any]) -> Any:
    """An instance from the values of `all_columns`, in their order."""
    return model.from_db(connection.alias, all_columns(model), row)


def is_away(error: OperationalError) -> bool:
    """Whether the database cannot be reached or is busy, so that the same may go through later.

    PostgreSQL files values that exceed its limits (class 54) under the same exception; they never go through.
    """
    if connection.vendor == "sqlite":
        return "locked" in str(error) or "busy" in str(error)
    return not str(getattr(error.__cause__, "sqlstate", None) or "").startswith("54")


_waiting = threading.local()


def _send(sql: str, values: list[Any]) -> None:
    waiting: list[tuple[str, list[Any]]] | None = getattr(_waiting, "sent", None)
    if waiting is not None:
        waiting.append((sql, values))
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _takes_many() -> bool:
    """PostgreSQL, as long as Django binds values on the client's side."""
    return connection.vendor == "postgresql" and not connection.settings_dict["OPTIONS"].get("server_side_binding")


@cache
def all_columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@cache
def _insert(model: type[Model], vendor: str) -> tuple[str, list["Field[Any, Any]"]]:
    quote = connection.ops.quote_name
    fields = list(model._meta.concrete_fields)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})", fields  # noqa: S608  no input


@cache
def _update(
    model: type[Model], columns: tuple[str, ...], vendor: str
) -> tuple[str, list["Field[Any, Any]"], "Field[Any, Any]"]:
    quote, meta = connection.ops.quote_name, model._meta
    fields: list[Any] = [meta.get_field(column) for column in columns]
    changes = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    key = quote(str(meta.pk.column))
    return f"UPDATE {quote(meta.db_table)} SET {changes} WHERE {key} = %s", fields, meta.pk  # noqa: S608
