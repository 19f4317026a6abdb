"""Limit the bytes that wait in memory, for each key, such as a workspace, and in total."""

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

Waiter = tuple[int, "asyncio.Future[None]"]


class NoRoom(Exception):
    """More bytes than a key may hold."""


class ByteBudget:
    """Count bytes that are held. Not thread-safe.

    A key that holds nothing may always take once, so that no key can block another. The total may therefore be exceeded
    by one message of each key.
    """

    def __init__(self, per_key: int, total: float = math.inf) -> None:
        self.per_key, self.total = per_key, total
        self.held = 0
        self._of_key: dict[Hashable, int] = {}
        self._waiting: OrderedDict[Hashable, deque[Waiter]] = OrderedDict()

    def held_by(self, key: Hashable) -> int:
        return self._of_key.get(key, 0)

    def fits(self, key: Hashable, size: int) -> bool:
        held = self._of_key.get(key)
        return not held or (held + size <= self.per_key and self.held + size <= self.total)

    def take(self, key: Hashable, size: int) -> bool:
        """Take `size` bytes, or return False if they do not fit."""
        if not self.fits(key, size):
            return False
        self.add(key, size)
        return True

    def add(self, key: Hashable, size: int) -> None:
        """Count `size` bytes as held, whether or not they fit."""
        self._of_key[key] = self._of_key.get(key, 0) + size
        self.held += size

    @contextmanager
    def hold(self, key: Hashable, size: int) -> Iterator[None]:
        """Count `size` bytes inside the block. Raises NoRoom if they do not fit.

        Over the total, a key may still hold as much as each would have if all keys shared alike.
        """
        share = self.total // (len(self._of_key) or 1)
        held = self.held_by(key) + size
        if not self.fits(key, size) and held > min(self.per_key, share):
            raise NoRoom
        self.add(key, size)
        try:
            yield
        finally:
            self.release(key, size)

    async def wait(self, key: Hashable, size: int) -> None:
        """Take `size` bytes as soon as they fit. Waiting calls are served in order, and keys in turn."""
        if key not in self._waiting and self.take(key, size):
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append((size, granted))
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.release(key, size)
            raise

    def release(self, key: Hashable, size: int) -> None:
        self.held -= size
        left = self._of_key[key] - size
        if left > 0:
            self._of_key[key] = left
        else:
            del self._of_key[key]
        if self._waiting:
            self._grant()

    def _grant(self) -> None:
        """Give freed bytes to waiting calls, one of each key in turn."""
        blocked = 0
        while self._waiting and blocked < len(self._waiting):
            key, waiters = next(iter(self._waiting.items()))
            while waiters and waiters[0][1].done():
                waiters.popleft()
            if not waiters:
                del self._waiting[key]
                continue
            self._waiting.move_to_end(key)
            size, granted = waiters[0]
            if self.take(key, size):
                waiters.popleft()
                granted.set_result(None)
                blocked = 0
            else:
                blocked += 1
