"""Counters that all processes of an installation share: in Redis, or in a file on one machine."""

import hashlib
import logging
import sqlite3
import time
from contextlib import closing
from functools import cache
from pathlib import Path

import redis
from django.conf import settings

logger = logging.getLogger("bailiwick.limits")

_KEPT_SECONDS = 180  # longer than the window that is counted in
_TRY_AGAIN_AFTER = 5.0
_TABLE = "CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER, expires REAL) WITHOUT ROWID"
_ADD = """INSERT INTO counters VALUES (?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value"""


class SharedCounters:
    """Counters that expire by themselves. After a failure, they are not used for 5 seconds."""

    def __init__(self) -> None:
        self._away_until = 0.0
        self._file: Path | None = None

    def share_in_file(self) -> None:
        """Count in a file of the data folder if there is no Redis. Each process calls this when it starts."""
        if not settings.REDIS_URL:
            self._file = settings.DATA_DIR / "counters.sqlite3"

    def are_reachable(self) -> bool:
        """Return whether a store is configured and has not failed recently."""
        return bool(settings.REDIS_URL or self._file) and time.monotonic() >= self._away_until

    def add(self, name: str, amount: int) -> int | None:
        """Add to a counter and return its new value, or `None` if that fails."""
        try:
            return _add_in_file(self._file, name, amount) if self._file else _add_in_redis(name, amount)
        except (OSError, redis.RedisError, sqlite3.Error) as error:
            self._away_until = time.monotonic() + _TRY_AGAIN_AFTER
            logger.warning("Each process counts alone for a while: %s", error)
            return None


def _add_in_redis(name: str, amount: int) -> int:
    pipe = _redis(settings.REDIS_URL).pipeline(transaction=False)
    pipe.incrby(f"bailiwick:{_installation()}:{name}", amount)
    pipe.expire(f"bailiwick:{_installation()}:{name}", _KEPT_SECONDS)
    return int(pipe.execute()[0])


def _add_in_file(file: Path, name: str, amount: int) -> int:
    """Add to a counter in the file.

    Opening it each time takes 0.2 ms, which is acceptable because usage is reported in batches.
    """
    now = time.time()
    with closing(sqlite3.connect(file, timeout=0.5, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_TABLE)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM counters WHERE expires < ?", (now,))
        value = connection.execute(_ADD, (name, amount, now + _KEPT_SECONDS)).fetchone()[0]
        connection.execute("COMMIT")
        return int(value)


@cache
def _redis(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)


@cache
def _installation() -> str:
    """Return a prefix that separates the counters of installations that share a Redis."""
    return hashlib.sha256(f"counters {settings.SECRET_KEY}".encode()).hexdigest()[:12]
