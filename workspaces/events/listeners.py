"""Receive the messages of the bus in one process, from Redis or as datagrams."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Collection
from typing import Protocol
from uuid import UUID

import redis.asyncio
from django.conf import settings

from workspaces.events import bus

NOBODY = UUID(int=0)
Deliver = Callable[[UUID, bytes], None]


class Listener(Protocol):
    """Calls `deliver` with a workspace's id and a message for everything that arrives for the workspaces it follows."""

    async def listen(self) -> None:
        """Receive messages until cancelled, or until receiving fails."""

    async def follow(self, workspace_id: UUID) -> None:
        """Also receive the messages of this workspace."""

    async def unfollow(self, workspace_id: UUID) -> None:
        """Stop receiving the messages of this workspace."""


class DatagramListener:
    """Receive what other processes of this machine send to a socket of this process, whatever the workspace."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver

    async def listen(self) -> None:
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
                    self._deliver(UUID(bytes=message[:16]), message[16:])
            finally:
                path.unlink(missing_ok=True)

    async def follow(self, workspace_id: UUID) -> None:
        pass

    async def unfollow(self, workspace_id: UUID) -> None:
        pass


class RedisListener:
    """Receive what is published in the Redis channels of the followed workspaces.

    `workspace_ids` are followed from the beginning. It may change: it is read each time that `listen` begins.
    """

    def __init__(self, deliver: Deliver, workspace_ids: Collection[UUID]) -> None:
        self._deliver, self._workspace_ids = deliver, workspace_ids
        self._pubsub: redis.asyncio.client.PubSub | None = None

    async def listen(self) -> None:
        client = redis.asyncio.Redis.from_url(settings.REDIS_URL)
        pubsub = client.pubsub()
        try:
            await pubsub.subscribe(bus.channel(NOBODY))  # without any channel, `pubsub.listen` would return
            self._pubsub = pubsub
            # From now on, `follow` subscribes to new workspaces. Those that were followed before are subscribed here.
            for workspace_id in list(self._workspace_ids):
                await pubsub.subscribe(bus.channel(workspace_id))
            async for message in pubsub.listen():
                if message["type"] == "message":
                    workspace_id = UUID(message["channel"].decode().rsplit(":", 1)[1])
                    self._deliver(workspace_id, message["data"])
        finally:
            self._pubsub = None
            await pubsub.aclose()  # type: ignore[no-untyped-call]  # untyped in redis
            await client.aclose()

    async def follow(self, workspace_id: UUID) -> None:
        if self._pubsub is not None:
            with contextlib.suppress(redis.RedisError, OSError):
                await self._pubsub.subscribe(bus.channel(workspace_id))

    async def unfollow(self, workspace_id: UUID) -> None:
        if self._pubsub is not None:
            with contextlib.suppress(redis.RedisError, OSError):
                await self._pubsub.unsubscribe(bus.channel(workspace_id))
