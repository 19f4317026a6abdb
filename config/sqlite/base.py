"""Queries of the web processes end after a while, so that one of them cannot keep a thread for minutes.

SQLite has no setting for that. It calls a function of ours after every few thousand steps of its own, which ends the
query when its time is up. Only time inside SQLite counts, not what the program does between two rows. Whatever writes
is never ended: it may have waited for a lock, which has a limit of its own (`timeout`).
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base

STEPS = 2_000  # a row takes ten to fifty; a query for one run takes two hundred
_NEVER = float("inf")
_READS = ("SELECT", "WITH")

Result = TypeVar("Result")


class DatabaseWrapper(base.DatabaseWrapper):
    """`STATEMENT_SECONDS` in the settings of the database limits queries outside of transactions; 0 is no limit."""

    ends_at = _NEVER
    seconds = 0.0

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        self.seconds = float(self.settings_dict.get("STATEMENT_SECONDS") or 0)
        if self.seconds:
            connection.set_progress_handler(self._is_over, STEPS)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        if not self.seconds:
            return super().create_cursor(name)
        return self.connection.cursor(factory=lambda connection: LimitedCursor(connection, self))

    def _is_over(self) -> bool:
        return time.monotonic() > self.ends_at


class LimitedCursor(base.SQLiteCursorWrapper):
    """Gives each query its time, whether it is taken by `execute` or by reading rows."""

    def __init__(self, connection: Any, database: DatabaseWrapper) -> None:
        super().__init__(connection)
        self._database = database
        self._left = _NEVER

    def execute(self, query: str, params: Any = None) -> Any:
        if self._database.in_atomic_block or not query.lstrip("(").startswith(_READS):
            self._left = _NEVER
            return super().execute(query, params)
        self._left = self._database.seconds
        return self._timed(super().execute, query, params)

    def fetchone(self) -> Any:
        return super().fetchone() if self._left is _NEVER else self._timed(super().fetchone)

    def fetchmany(self, size: int | None = 1) -> Any:
        return super().fetchmany(size) if self._left is _NEVER else self._timed(super().fetchmany, size)

    def fetchall(self) -> Any:
        return super().fetchall() if self._left is _NEVER else self._timed(super().fetchall)

    def _timed(self, step: Callable[..., Result], *args: Any) -> Result:
        began = time.monotonic()
        self._database.ends_at = began + self._left
        try:
            return step(*args)
        finally:
            self._database.ends_at = _NEVER
            self._left -= time.monotonic() - began
