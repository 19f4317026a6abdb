"""Partitions by time on PostgreSQL, of the tables that grow without end: events, log lines and audit entries.

A model names the column of its time in `partition_column`, and how many days a partition has in `partition_days`. Old
rows are removed with their partition, which gives the disk back at once. SQLite has plain tables.

Partitions lie in a schema of their own, to which the roles of the processes have no right: they reach the rows through
the table, whose policies apply (docs/install.md, "Partitions"). Rows for which there is no partition are in the default
partition, such as events of clients whose clock is wrong. No foreign key may point at a partitioned table, and its
primary key consists of the id and the time.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import methodcaller
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Model

SCHEMA = "bailiwick_partitions"
_FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)  # partitions begin on Mondays
_LOCK = 7_201_949  # an advisory lock of PostgreSQL, because several processes may start at once
_ATTEMPTS = 10
_WAIT_FOR_TABLE = "SET LOCAL lock_timeout = '2s'"  # others wait behind a statement that waits for the whole table


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of a table, with the times from `start` up to `end`. `size` is the bytes that it takes on disk."""

    name: str
    start: datetime
    end: datetime
    size: int


def partitioned_models() -> list[type[Model]]:
    """Return the models with a `partition_column`."""
    return [model for model in apps.get_models() if hasattr(model, "partition_column") and not model._meta.proxy]


def keep_ahead(**_: object) -> None:
    """Create the partitions of the current time and those ahead that are missing. A receiver of `post_migrate`."""
    if connection.vendor != "postgresql":
        return
    now = datetime.now(UTC)
    with as_owner():
        for model in partitioned_models():
            if not is_partitioned(model):
                continue
            existing = {partition.start for partition in partitions(model)}
            for ahead in range(settings.PARTITIONS_AHEAD + 1):
                start, end = bounds(_days(model), now + ahead * timedelta(days=_days(model)))
                if start not in existing:
                    create(model, start, end)


def bounds(days: int, moment: datetime) -> tuple[datetime, datetime]:
    """Return the start and end of the partition that a time belongs to, if partitions have this many days."""
    width = timedelta(days=days)
    start = _FIRST_MONDAY + (moment - _FIRST_MONDAY) // width * width
    return start, start + width


def partitions(model: type[Model]) -> list[Partition]:
    """Return the partitions of a table, oldest first, without the default partition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, b.bound[1]::timestamptz, b.bound[2]::timestamptz, pg_total_relation_size(c.oid) "
            "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid, "
            "regexp_match(pg_get_expr(c.relpartbound, c.oid), $$FROM \\('(.*?)'\\) TO \\('(.*?)'\\)$$) AS b(bound) "
            "WHERE i.inhparent = to_regclass(%s) AND b.bound IS NOT NULL ORDER BY 2",
            [model._meta.db_table],
        )
        return [Partition(*row) for row in cursor.fetchall()]


def is_partitioned(model: type[Model]) -> bool:
    """Return whether the table exists and is partitioned, which a migration does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_partitioned_table WHERE partrelid = to_regclass(%s)", [model._meta.db_table])
        return bool(cursor.fetchall())


def create(model: type[Model], start: datetime, end: datetime) -> None:
    """Create the partition for these times, and move rows there that are in the default partition meanwhile."""
    table, column = model._meta.db_table, _column(model)
    name, rest = _quoted(_name(table, start)), _quoted(_default_name(table))

    def work(cursor: Any) -> None:
        cursor.execute("SELECT to_regclass(%s)", [name])
        if cursor.fetchone()[0] is not None:  # another process was faster, or an operator has detached it
            return
        cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(f"ALTER TABLE {rest} DISABLE TRIGGER USER")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {rest} WHERE {column} >= %s AND {column} < %s RETURNING *) "  # noqa: S608
            f"INSERT INTO {name} SELECT * FROM moved",
            [start, end],
        )
        cursor.execute(f"ALTER TABLE {rest} ENABLE TRIGGER USER")
        _attach(cursor, table, name, start, end)

    _in_transaction(work)


def attach(model: type[Model], start: datetime) -> None:
    """Attach a partition again that was detached."""
    table = model._meta.db_table
    _in_transaction(lambda cursor: _attach(cursor, table, _quoted(_name(table, start)), *bounds(_days(model), start)))


def detach(model: type[Model], start: datetime) -> None:
    """Take a partition out of its table. It remains as a table in the schema of the partitions."""
    table = model._meta.db_table
    _in_transaction(methodcaller("execute", f"ALTER TABLE {table} DETACH PARTITION {_quoted(_name(table, start))}"))


def drop_before(model: type[Model], moment: datetime) -> list[str]:
    """Drop the partitions whose rows are all before this time. Return their names.

    Rows of that time in the default partition remain.
    """
    with as_owner():
        old = [partition.name for partition in partitions(model) if partition.end <= moment]
        for name in old:  # separately, so that the table is locked for the shortest time
            _in_transaction(methodcaller("execute", f"DROP TABLE IF EXISTS {_quoted(name)}"))
    return old


def rows_in_default(model: type[Model], most: int) -> int:
    """Count the rows in the default partition, up to `most`."""
    with as_owner(), connection.cursor() as cursor:
        rest = _quoted(_default_name(model._meta.db_table))
        cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM {rest} LIMIT %s) AS rows", [most])  # noqa: S608
        counted: int = cursor.fetchone()[0]
        return counted


@contextmanager
def as_owner() -> Iterator[None]:
    """Take the role of the user that signs in, which owns the tables, in the block. Call it outside of transactions."""
    if not connection.settings_dict.get("ROLE"):
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
        cursor.execute("RESET ROLE")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {connection.ops.quote_name(role)}")


def convert(schema_editor: Any, table: str, column: str, days: int) -> None:
    """Turn a plain table into a partitioned one, for a migration. Copies all rows, so it takes as long as they need.

    `days` is the length of the partitions that are created for the existing rows.
    """
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        indexes, keys, triggers = _definitions(cursor, table)
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_plain")
        cursor.execute(f"CREATE TABLE {table} (LIKE {table}_plain INCLUDING DEFAULTS) PARTITION BY RANGE ({column})")
        cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (id, {column})")
        cursor.execute(f"CREATE TABLE {_quoted(_default_name(table))} PARTITION OF {table} DEFAULT")
        cursor.execute(f"SELECT min({column}), max({column}) FROM {table}_plain")  # noqa: S608  names of our own
        for start, end in _covering(days, *cursor.fetchone()):
            cursor.execute(
                f"CREATE TABLE {_quoted(_name(table, start))} PARTITION OF {table} FOR VALUES FROM (%s) TO (%s)",
                [start, end],
            )
        cursor.execute(f"INSERT INTO {table} SELECT * FROM {table}_plain")  # noqa: S608
        cursor.execute(f"DROP TABLE {table}_plain CASCADE")
        for name, definition in keys:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for statement in [*indexes, *triggers]:
            cursor.execute(statement)


def _definitions(cursor: Any, table: str) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """Return the SQL of the table's indexes and triggers, and the names and definitions of its foreign keys."""
    cursor.execute(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = to_regclass(%s) AND NOT indisprimary",
        [table],
    )
    indexes = [row[0] for row in cursor.fetchall()]
    cursor.execute(
        "SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = to_regclass(%s) AND contype = 'f'",
        [table],
    )
    keys = list(cursor.fetchall())
    cursor.execute(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal", [table]
    )
    return indexes, keys, [row[0] for row in cursor.fetchall()]


_MOST_PARTITIONS = 60  # of a table that is converted; rows of older times go to the default partition


def _covering(days: int, oldest: datetime | None, newest: datetime | None) -> Iterator[tuple[datetime, datetime]]:
    """Return the bounds of the partitions that hold these times, and at most the latest ones."""
    if oldest is None or newest is None:
        return
    width = timedelta(days=days)
    newest = min(newest, datetime.now(UTC))
    moment = max(oldest, newest - _MOST_PARTITIONS * width)
    while bounds(days, moment)[0] <= newest:
        yield bounds(days, moment)
        moment += width


def _attach(cursor: Any, table: str, name: str, start: datetime, end: datetime) -> None:
    cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", [start, end])


def _in_transaction(work: Callable[[Any], object]) -> None:
    """Do the work in a transaction that does not wait long for the table. Try again if somebody else holds it."""
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_WAIT_FOR_TABLE)
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                work(cursor)
            return
        except OperationalError:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(0.5)


def _days(model: Any) -> int:
    days: int = model.partition_days
    return days


def _column(model: Any) -> str:
    column: str = model.partition_column
    return column


def _name(table: str, start: datetime) -> str:
    return f"{table}_{start:%Y_%m_%d}"


def _default_name(table: str) -> str:
    return f"{table}_default"


def _quoted(name: str) -> str:
    return f"{SCHEMA}.{connection.ops.quote_name(name)}"
