"""Deliver messages of the bus to the subscribers in this process."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

from django.conf import settings

from core.byte_budget import ByteBudget
from core.fair_threads import FairThreads
from workspaces.events.audience import Audience, match_in_turn
from workspaces.events.listeners import DatagramListener, Listener, RedisListener
from workspaces.events.subscriptions import MEGABYTE, TOTAL_BYTES, WORKSPACE_BYTES, Subscription
from workspaces.events.sweep import missed_messages

logger = logging.getLogger("bailiwick.hub")

SWEEP_SECONDS = 3.0
_UNMATCHED_BYTES = 8 * MEGABYTE  # for each workspace


class Hub:
    """The subscribers in this process, by workspace.

    Messages wait as bytes until a thread matches them. Workspaces take turns, and each gets its messages in order.
    """

    def __init__(self) -> None:
        self.threads = FairThreads(1, "matching", rest=1.0)
        self.budget = ByteBudget(WORKSPACE_BYTES, TOTAL_BYTES)
        self._unmatched = ByteBudget(_UNMATCHED_BYTES, TOTAL_BYTES)
        self._audiences: dict[UUID, Audience] = {}
        self._listener: Listener | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def subscribed(self, subscription: Subscription) -> AsyncIterator[None]:
        """Deliver messages to the subscription inside the block, and close it afterwards."""
        try:
            await self._subscribe(subscription)
            yield
        finally:
            await self._unsubscribe(subscription)

    def deliver(self, workspace_id: UUID, message: bytes) -> None:
        """Queue a message of the bus for matching.

        Drops the oldest messages if too many bytes wait. Dropped events are delivered again by the sweep.
        """
        audience = self._audiences.get(workspace_id)
        if audience is None:
            return
        while audience.unmatched and not self._unmatched.fits(workspace_id, len(message)):
            self._unmatched.release(workspace_id, len(audience.unmatched.popleft()))
        if not self._unmatched.take(workspace_id, len(message)):
            return
        audience.unmatched.append(message)
        if audience.matching is None or audience.matching.done():
            audience.matching = asyncio.create_task(self._match_all(workspace_id, audience))

    async def _match_all(self, workspace_id: UUID, audience: Audience) -> None:
        while batch := audience.next_batch():
            try:
                messages = await self.threads.run(workspace_id, audience.unpack, batch)
                waiting = list(audience.subscriptions)
                while waiting:
                    matched = await self.threads.run(workspace_id, match_in_turn, messages, waiting)
                    del waiting[: len(matched)]
                    for subscription, frames in matched:
                        if subscription in audience.subscriptions:
                            subscription.offer(frames)
            except Exception as error:  # concerns only this workspace
                logger.warning("Messages of %s were dropped: %s: %s", workspace_id, type(error).__name__, error)
            finally:
                for message in batch:
                    self._unmatched.release(workspace_id, len(message))

    async def _subscribe(self, subscription: Subscription) -> None:
        if self._listener is None:
            self._listener = self._start_listening()
        workspace_id = subscription.workspace_id
        audience = self._audiences.setdefault(workspace_id, Audience())
        audience.subscriptions.add(subscription)
        subscription.peers = audience.subscriptions
        await self._listener.follow(workspace_id)

    async def _unsubscribe(self, subscription: Subscription) -> None:
        workspace_id = subscription.workspace_id
        audience = self._audiences[workspace_id]
        audience.subscriptions.discard(subscription)
        subscription.close()
        if audience.subscriptions:
            return
        while audience.unmatched:
            self._unmatched.release(workspace_id, len(audience.unmatched.popleft()))
        del self._audiences[workspace_id]
        if self._listener is not None:
            await self._listener.unfollow(workspace_id)
        if not self._audiences:
            self._stop_listening()

    def _start_listening(self) -> Listener:
        listener: Listener = DatagramListener(self.deliver)
        if settings.REDIS_URL:
            listener = RedisListener(self.deliver, self._audiences.keys())
        self._tasks = [asyncio.create_task(_repeat(listener.listen)), asyncio.create_task(_repeat(self._sweep))]
        return listener

    def _stop_listening(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks, self._listener = [], None

    async def _sweep(self) -> None:
        """Deliver events of the last seconds that the bus did not bring."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            seen = {workspace_id: audience.seen_events for workspace_id, audience in self._audiences.items()}
            async for workspace_id, message in missed_messages(seen):
                self.deliver(workspace_id, message)


async def _repeat(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` again after any error, since the subscribers of all workspaces depend on it."""
    while True:
        try:
            await work()
        except Exception as error:
            logger.warning("Listening again in a second: %s: %s", type(error).__name__, error)
            await asyncio.sleep(1)


hub = Hub()
