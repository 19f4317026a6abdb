"""Receive the body of a request before a thread handles it, so that slow clients do not block threads."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

from core.byte_budget import ByteBudget
from core.rest.callers import caller_address
from core.rest.rate_limits import counted_as
from core.rest.responses import json_bytes

MEGABYTE = 1_000_000
ADDRESS_BYTES, TOTAL_BYTES = 32 * MEGABYTE, 128 * MEGABYTE
# A form with a file may be a little longer than its largest field. Longer bodies are refused by their length.
LARGEST = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) + MEGABYTE
SECONDS = 60  # within which a body must arrive

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
budget = ByteBudget(ADDRESS_BYTES, TOTAL_BYTES)


async def with_body(application: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Call the application once the body has arrived.

    The bytes of waiting bodies are limited, for each address and in total. A body is read once there is room for all of
    it: bodies that each have a part could wait for each other for ever. If the announced length is too long, the
    application is called at once; it refuses the body without reading it.
    """
    headers: dict[bytes, bytes] = dict(scope["headers"])
    room = _room(headers)
    if not room:
        await application(scope, receive, send)
        return
    body = _Body(_address(scope, headers), room)
    try:
        async with asyncio.timeout(SECONDS):
            complete = await body.read(receive)
        if complete:
            await application(scope, body.replay, send)
    except TimeoutError:
        if body.complete:
            raise
        await _refuse(send)
    finally:
        body.release()


class _Body:
    """The body of one request, counted in the budget until it is released."""

    def __init__(self, address: str, room: int) -> None:
        self.address, self.room = address, room
        self.complete = False
        self._parts: list[bytes] = []
        self._held = 0

    async def read(self, receive: Receive) -> bool:
        """Read the body, or as much as shows that it is too long. Returns False if the client disconnected."""
        await budget.wait(self.address, self.room)
        self._held = self.room
        size = 0
        while not self.complete:
            message = await receive()
            if message["type"] == "http.disconnect":
                return False
            part = message.get("body", b"")
            size += len(part)
            self._parts.append(part)
            self.complete = not message.get("more_body", False) or size > LARGEST
        return True

    async def replay(self) -> Message:
        """Return the whole body as one message."""
        body, self._parts = b"".join(self._parts), []
        return {"type": "http.request", "body": body, "more_body": False}

    def release(self) -> None:
        if self._held:
            budget.release(self.address, self._held)


def _room(headers: dict[bytes, bytes]) -> int:
    """Return how many bytes the body may have: what was announced, or the most. 0 is none, or one that is refused."""
    if b"transfer-encoding" in headers:
        return LARGEST
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() and len(length) < 20 and int(length) <= LARGEST else 0


def _address(scope: Scope, headers: dict[bytes, bytes]) -> str:
    client = scope.get("client")
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
    return counted_as(caller_address(str(client[0]) if client else "", forwarded))


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 408, "headers": headers})
    await send({"type": "http.response.body", "body": json_bytes({"detail": "The request took too long to arrive."})})
