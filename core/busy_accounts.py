"""Track which accounts use much processor time, so that another process handles their requests."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

SHARE = 0.1  # of a processor; an account that stays below it never becomes busy
BUSY_FROM = 0.25  # seconds of processor time above that share that make an account busy
BUSY_SECONDS = 300.0  # that an account stays busy
_MOST_ACCOUNTS = 10_000


@dataclass(slots=True)
class _Usage:
    seconds: float = 0.0
    as_of: float = 0.0
    busy_until: float = 0.0


class BusyAccounts:
    """Accounts that used much processor time recently, as counted in this process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._usage: dict[str, _Usage] = {}

    def add(self, account: str, seconds: float) -> None:
        """Count the processor time of a request."""
        with self._lock:
            now = self._clock()
            usage = self._usage.get(account) or self._add_account(account, now)
            usage.seconds = max(0.0, usage.seconds - (now - usage.as_of) * SHARE) + seconds
            usage.as_of = now
            if usage.seconds > BUSY_FROM:
                usage.busy_until = now + BUSY_SECONDS

    def __contains__(self, account: str) -> bool:
        usage = self._usage.get(account)
        return usage is not None and usage.busy_until > self._clock()

    def _add_account(self, account: str, now: float) -> _Usage:
        if len(self._usage) >= _MOST_ACCOUNTS:
            since = now - BUSY_SECONDS
            self._usage = {name: usage for name, usage in self._usage.items() if usage.as_of > since}
        usage = self._usage[account] = _Usage(as_of=now)
        return usage
