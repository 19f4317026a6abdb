"""The subscribers of one process: who listens to which workspace, and how messages reach them."""

import asyncio
import contextlib
import logging
import os
import socket
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import redis.asyncio
from django.conf import settings
from django.utils import timezone

from workspaces.channel import from_database
from workspaces.events import bus
from workspaces.events.models import Event
from workspaces.events.services import wire_event

logger = logging.getLogger("bailiwick.hub")

SWEEP_SECONDS = 3.0
_SWEEP_REACH = timedelta(seconds=20)
_REMEMBERED = 20_000
_PAGE = 250
BACKLOG = 2_000
NOBODY = UUID(int=0)


class Subscription:
    """One subscriber's queue. A slow one loses its oldest messages rather than holding up the rest."""

    def __init__(self, workspace_id: UUID, kind: bytes, admits: Callable[[dict[str, Any]], bool]) -> None:
        self.workspace_id, self.kind, self.admits = workspace_id, kind, admits
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(BACKLOG)

    def offer(self, item: dict[str, Any]) -> None:
        try:
            if not self.admits(item):
                return
        except Exception as error:  # a filter that fails on an item is its subscriber's affair, not everybody's
            logger.warning("A filter failed on an item: %s", error)
            return
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(item)


class Hub:
    def __init__(self) -> None:
        self._subscriptions: dict[UUID, set[Subscription]] = defaultdict(set)
        self._sent: OrderedDict[tuple[UUID, UUID], None] = OrderedDict()
        self._tasks: list[asyncio.Task[None]] = []
        self._pubsub: redis.asyncio.client.PubSub | None = None

    async def subscribe(self, subscription: Subscription) -> None:
        if not self._tasks:
            listen = self._listen_redis if settings.REDIS_URL else self._listen_datagrams
            self._tasks = [asyncio.create_task(_for_ever(listen)), asyncio.create_task(_for_ever(self._sweep))]
        self._subscriptions[subscription.workspace_id].add(subscription)
        if self._pubsub is not None:
            with contextlib.suppress(redis.RedisError, OSError):
                await self._pubsub.subscribe(bus.channel(subscription.workspace_id))

    async def unsubscribe(self, subscription: Subscription) -> None:
        group = self._subscriptions[subscription.workspace_id]
        group.discard(subscription)
        if group:
            return
        del self._subscriptions[subscription.workspace_id]
        if self._pubsub is not None:
            with contextlib.suppress(redis.RedisError, OSError):
                await self._pubsub.unsubscribe(bus.channel(subscription.workspace_id))
        if not self._subscriptions:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    def deliver(self, workspace_id: UUID, message: bytes) -> None:
        if workspace_id not in self._subscriptions:
            return
        kind, items = bus.unpack(message)
        for item in items:
            self._offer(workspace_id, kind, item)

    def _offer(self, workspace_id: UUID, kind: bytes, item: dict[str, Any]) -> None:
        if kind == bus.EVENTS:
            item["id"] = UUID(str(item["id"]))
            if (workspace_id, item["id"]) in self._sent:
                return
            self._sent[workspace_id, item["id"]] = None
            if len(self._sent) > _REMEMBERED:
                self._sent.popitem(last=False)
        for subscription in self._subscriptions.get(workspace_id, ()):
            if subscription.kind == kind:
                subscription.offer(item)

    async def _listen_datagrams(self) -> None:
        path = bus.socket_folder() / f"{os.getpid()}.sock"
        path.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
            receiver.setblocking(False)
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
            receiver.bind(str(path))
            try:
                while True:
                    message = await loop.sock_recv(receiver, 1_000_000)
                    self.deliver(UUID(bytes=message[:16]), message[16:])
            finally:
                path.unlink(missing_ok=True)

    async def _listen_redis(self) -> None:
        client = redis.asyncio.Redis.from_url(settings.REDIS_URL)
        pubsub = client.pubsub()
        try:
            await pubsub.subscribe(bus.channel(NOBODY))  # `listen` ends without any channel
            self._pubsub = pubsub
            # From here on `subscribe` adds its channel itself; this adds those that came before.
            for workspace_id in list(self._subscriptions):
                await pubsub.subscribe(bus.channel(workspace_id))
            async for message in pubsub.listen():
                if message["type"] == "message":
                    workspace_id = UUID(message["channel"].decode().rsplit(":", 1)[1])
                    self.deliver(workspace_id, message["data"])
        finally:
            self._pubsub = None
            await pubsub.aclose()  # type: ignore[no-untyped-call]  # untyped in redis
            await client.aclose()

    async def _sweep(self) -> None:
        """Bring what the bus lost: events that were stored in the last seconds and not offered yet."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            missed = [
                event_id
                for workspace_id, event_id in await from_database(_recent, list(self._subscriptions))
                if (workspace_id, event_id) not in self._sent
            ]
            for start in range(0, len(missed), _PAGE):
                for event in await from_database(_whole, missed[start : start + _PAGE]):
                    self._offer(event.workspace_id, bus.EVENTS, wire_event(event))


def _recent(workspace_ids: list[UUID]) -> list[tuple[UUID, UUID]]:
    since = timezone.now() - _SWEEP_REACH
    recent = Event.objects.filter(workspace_id__in=workspace_ids, received__gte=since).order_by("received")
    return list(recent.values_list("workspace_id", "id"))


def _whole(event_ids: list[UUID]) -> list[Event]:
    return list(Event.objects.filter(id__in=event_ids).order_by("received"))


async def _for_ever(work: Callable[[], Any]) -> None:
    while True:
        try:
            await work()
        except Exception as error:  # whatever it was, subscribers of all tenants live on this
            logger.warning("Listening again in a second: %s: %s", type(error).__name__, error)
            await asyncio.sleep(1)


hub = Hub()
