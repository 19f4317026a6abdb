"""A chain of audit entries, and ways to damage it past the triggers."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import connection

from auditlog.actors import system
from auditlog.chains import chain_new_entries
from auditlog.services import record
from core.db.ids import new_id


def chained(count: int, *, account_id: UUID | None = None, batches: int = 1) -> UUID:
    """Write and chain entries of an account, in so many batches. Returns the account's id."""
    account_id = account_id or new_id()
    for batch in range(batches):
        for number in range(count * batch // batches, count * (batch + 1) // batches):
            record(
                "variable.updated",
                actor=system("tests"),
                account_id=account_id,
                object_id=new_id(),
                object_name=f"name {number} ä",
                changes={"tags": {"from": [], "to": ["\u2028", 1, 0.5]}},
            )
        chain_new_entries()
    return account_id


@contextmanager
def triggers_off() -> Iterator[None]:
    """Drop the triggers in the block, as the owner of the database could."""
    migration: Any = import_module("auditlog.migrations.0004_refuse_changes")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("RESET ROLE")
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        migration.drop_triggers(None, editor)
        yield
        migration.create_triggers(None, editor)


def execute(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            sql, [value.hex if isinstance(value, UUID) and connection.vendor == "sqlite" else value for value in values]
        )
