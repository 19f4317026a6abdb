"""A subscriber's filter with the time that it may take, and the frames that wait to be sent."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from core.byte_budget import ByteBudget
from workspaces.events.filter_limits import Deadline, FilterTooSlow
from workspaces.events.messages import Message

logger = logging.getLogger("bailiwick.hub")

BACKLOG = 2_000
MEGABYTE = 1_000_000
BACKLOG_BYTES, WORKSPACE_BYTES, TOTAL_BYTES = 4 * MEGABYTE, 32 * MEGABYTE, 256 * MEGABYTE
TOO_SLOW = "The filter takes too long"

# A filter may use this share of a processor, and saves up to this many seconds of it while it uses less.
_MATCHING_SHARE, _MATCHING_SECONDS = 0.25, 2.0

Frame = tuple[UUID, bytes]


class Overrun(Exception):
    """The filter used more time than it may. The message is the reason that the subscriber is told."""


class Subscription:
    """A subscriber's filter and queue. A subscriber that reads too slowly loses its oldest messages."""

    def __init__(
        self,
        workspace_id: UUID,
        kind: bytes,
        matches: Callable[[Any], bool],
        budget: ByteBudget,
        deadline: Deadline | None = None,
    ) -> None:
        """`matches` raises `FilterTooSlow` after `deadline`, if there is one."""
        self.workspace_id, self.kind = workspace_id, kind
        self._matches, self._budget, self._deadline = matches, budget, deadline
        self.peers: Collection[Subscription] = (self,)  # of the same workspace
        self._queue: deque[Frame] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._seconds, self._checked = _MATCHING_SECONDS, time.monotonic()
        self.overrun = ""

    def matching(self, messages: Iterable[Message]) -> list[Frame]:
        """Return the frames of the messages that match, or nothing if the filter is too slow. Runs in a thread."""
        if self.overrun:
            return []
        frames = []
        if self._deadline:
            self._deadline.start()
        try:
            for message in messages:
                if self._is_match(message):
                    frames.append((message.id, message.frame))
        except FilterTooSlow:
            self.overrun = TOO_SLOW
        return frames

    def spend(self, seconds: float) -> None:
        """Subtract processor time from the time that the filter may use. Runs in a thread."""
        now = time.monotonic()
        earned = (now - self._checked) * _MATCHING_SHARE
        self._seconds, self._checked = min(self._seconds + earned, _MATCHING_SECONDS) - seconds, now
        if self._seconds < 0:
            self.overrun = TOO_SLOW

    def offer(self, frames: Sequence[Frame]) -> None:
        """Queue frames. If there is no room, drop the oldest ones."""
        for frame in frames:
            size = len(frame[1])
            while self._queue and not self._has_room(size):
                self._drop_oldest()
            self._budget.add(self.workspace_id, size)
            self._queue.append(frame)
            self._bytes += size
        if self._queue or self.overrun:
            self._arrived.set()

    async def next(self) -> Frame:
        """Wait for the next frame. It counts as waiting until `sent` is called. Raises `Overrun`."""
        while not self._queue:
            if self.overrun:
                raise Overrun(self.overrun)
            self._arrived.clear()
            await self._arrived.wait()
        return self._queue.popleft()

    def sent(self, frame: Frame) -> None:
        """Release the bytes of a frame that was returned by `next`."""
        self._bytes -= len(frame[1])
        self._budget.release(self.workspace_id, len(frame[1]))

    def close(self) -> None:
        """Drop all frames."""
        while self._queue:
            self._drop_oldest()

    def __len__(self) -> int:
        return len(self._queue)

    def _is_match(self, message: Message) -> bool:
        try:
            return self._matches(message)
        except FilterTooSlow:
            raise
        except Exception as error:  # concerns only this subscriber
            logger.warning("A filter failed on a message: %s", error)
            return False

    def _has_room(self, size: int) -> bool:
        """Return whether another frame may wait.

        Even if the budget of the workspace is used up, a subscriber may use its share, so that those that do not read
        take no room from the others.
        """
        if len(self._queue) >= BACKLOG or self._bytes + size > BACKLOG_BYTES:
            return False
        share = self._budget.per_key // len(self.peers)
        return self._bytes + size <= share or self._budget.fits(self.workspace_id, size)

    def _drop_oldest(self) -> None:
        self.sent(self._queue.popleft())
