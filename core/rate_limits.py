"""Count what callers use in each minute, and tell callers over a limit how long to wait.

The throttles of DRF and allauth ask the cache on every call, count requests but neither lines nor bytes, and cannot
wait in an event loop. Here a process counts on its own and reports to Redis in blocks of one percent of the limit, so
that most calls cost no round trip. While Redis is unreachable, or where there is none, each process counts alone.

Minutes begin at the full minute of the clock. A caller over the limit is told to wait for the next one, when the whole
limit is free again: a fleet that shares a limit would use up its retries on shorter waits.
"""

import asyncio
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

PERIOD = 60
MOST_SUBJECTS = 20_000
_BLOCKS = 100

Clock = Callable[[], float]


class Counters(Protocol):
    """Counters that several processes share."""

    def are_reachable(self) -> bool:
        """Return whether `add` may succeed now. Does not block."""

    def add(self, name: str, amount: int) -> int | None:
        """Return the counter's new value, or `None` if the counters cannot be reached."""


@dataclass(slots=True)
class _Usage:
    """The usage of one subject in this minute, as far as this process knows."""

    known: int = 0
    unreported: int = 0


class RateLimiter:
    """Count the usage of many subjects, such as keys or accounts, in windows of one minute.

    A call is allowed as long as anything of the limit is left, whatever the call costs: a batch larger than the limit
    must get through at some time. So a window admits at most the limit, plus one call's cost, plus one block (a
    hundredth of the limit) for each process. Nothing is refused below the limit.
    """

    def __init__(self, name: str, *, counters: Counters | None = None, clock: Clock = time.time) -> None:
        self.name = name
        self._counters, self._clock = counters, clock
        self._lock = threading.Lock()
        self._window = 0
        self._usage: dict[str, _Usage] = {}

    def take(self, subject: str, limit: int, cost: int = 1) -> int:
        """Count `cost` and return 0, or return the seconds to wait if the limit is reached. A limit of 0 is none."""
        if limit <= 0:
            return 0
        window, report, wait = self._count(subject, limit, cost)
        if wait or not report:
            return wait
        return self._report(subject, limit, cost, window, report)

    async def take_async(self, subject: str, limit: int, cost: int = 1) -> int:
        """Like `take`, but without blocking the event loop."""
        if limit <= 0:
            return 0
        window, report, wait = self._count(subject, limit, cost)
        if wait or not report:
            return wait
        return await asyncio.to_thread(self._report, subject, limit, cost, window, report)

    async def wait(self, subject: str, limit: int, cost: int = 1) -> None:
        """Count `cost`, after waiting as long as the limit is reached."""
        while seconds := await self.take_async(subject, limit, cost):
            await asyncio.sleep(seconds)

    def is_used_up(self, subject: str, limit: int) -> bool:
        """Return whether this process knows that the limit is reached. Counts nothing."""
        with self._lock:
            self._enter_window(self._clock())
            usage = self._usage.get(subject)
            return 0 < limit <= (usage.known if usage else 0)

    def clear(self) -> None:
        with self._lock:
            self._usage.clear()

    def _count(self, subject: str, limit: int, cost: int) -> tuple[int, int, int]:
        """Return the window, the amount to report to the other processes now, and the seconds to wait."""
        with self._lock:
            now = self._clock()
            self._enter_window(now)
            usage = self._usage.get(subject)
            if usage is None:
                usage = self._add_subject(subject)
            if usage.known >= limit:
                return self._window, 0, _seconds_left(now)
            usage.known += cost
            usage.unreported += cost
            if usage.unreported < limit // _BLOCKS or self._counters is None or not self._counters.are_reachable():
                return self._window, 0, 0
            report, usage.unreported = usage.unreported, 0
            return self._window, report, 0

    def _report(self, subject: str, limit: int, cost: int, window: int, report: int) -> int:
        """Tell the other processes, and refuse the call if they had used up the limit before it.

        The refused call stays counted. That refuses nobody else: the limit is reached anyway.
        """
        assert self._counters is not None
        total = self._counters.add(f"{self.name}:{subject}:{window}", report)
        with self._lock:
            usage = self._usage.get(subject)
            if usage is None or self._window != window:
                return 0  # the minute ended meanwhile
            if total is None:
                usage.unreported += report
                return 0
            usage.known = max(usage.known, total)
        return _seconds_left(self._clock()) if total - cost >= limit else 0

    def _enter_window(self, now: float) -> None:
        window = int(now // PERIOD)
        if window != self._window:
            self._window = window
            self._usage = {}

    def _add_subject(self, subject: str) -> _Usage:
        """Add a subject. Above a number of subjects, forget the half that used least, not those near a limit."""
        if len(self._usage) >= MOST_SUBJECTS:
            kept = sorted(self._usage.items(), key=lambda item: item[1].known)[MOST_SUBJECTS // 2 :]
            self._usage = dict(kept)
        usage = self._usage[subject] = _Usage()
        return usage


def _seconds_left(now: float) -> int:
    return max(1, math.ceil(PERIOD - now % PERIOD))
