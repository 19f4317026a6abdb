"""Share a process's processor time between tenants, so that expensive requests of one do not slow down the others.

Requests of usual cost are free; `rate_limits` counts them. Time beyond that is a debt, which is paid off at a steady
rate. A subject in debt runs one request at a time, and one with too much debt has to wait. The time is that of the
thread, so a slow machine causes no debt; a request that only reads is charged for its long queries, too.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

FREE = 0.01  # seconds of one request that cost nothing; usual ones take 0.001 to 0.003
BURST = 2.0  # seconds of debt at which requests are refused
SERIAL_FROM = 1.0  # seconds of debt from which requests run one at a time
_MOST_SUBJECTS = 10_000
_FORGOTTEN_AFTER = 600.0


@dataclass(slots=True)
class _Account:
    debt: float = 0.0
    as_of: float = 0.0
    running: int = 0


class ProcessorTime:
    """The debts of many subjects, such as accounts, in one process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: dict[str, _Account] = {}

    def enter(self, subject: str, rate: float) -> int:
        """Begin a request and return 0, or return the seconds to wait before it may begin.

        `rate` is the debt that is paid off in a second. Call `leave` for every request that began.
        """
        with self._lock:
            account = self._accounts.get(subject)
            if account is None:
                account = self._add(subject)
            if account.debt:
                self._work_off(account, rate)
                if account.debt > BURST:
                    return max(1, math.ceil((account.debt - BURST) / rate))
                if account.debt >= SERIAL_FROM and account.running:
                    return 1
            account.running += 1
            return 0

    def leave(self, subject: str, seconds: float) -> None:
        """End a request that took `seconds` of processor time."""
        with self._lock:
            account = self._accounts[subject]
            account.running -= 1
            if seconds > FREE:
                if not account.debt:
                    account.as_of = self._clock()
                account.debt += seconds - FREE

    def _work_off(self, account: _Account, rate: float) -> None:
        now = self._clock()
        account.debt = max(0.0, account.debt - (now - account.as_of) * rate)
        account.as_of = now

    def _add(self, subject: str) -> _Account:
        if len(self._accounts) >= _MOST_SUBJECTS:
            since = self._clock() - _FORGOTTEN_AFTER
            self._accounts = {
                name: account for name, account in self._accounts.items() if account.running or account.as_of > since
            }
        account = self._accounts[subject] = _Account()
        return account
