"""Websockets, and HTTP beside them for the small installation: `uvicorn config.asgi:application`.

An installation runs this for websockets alone and `config.wsgi` for HTTP: a synchronous view costs half there.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID

from a2wsgi import WSGIMiddleware

from config.wsgi import application as wsgi_application  # sets Django up, so it comes before what needs models
from rbac import scopes
from workspaces.channel import Caller, Closed, Receive, Scope, Send, Socket, guard, welcome
from workspaces.events.ingest import Ingest
from workspaces.events.sockets import events_in, events_out
from workspaces.runs.services.recorder import record_task_runs
from workspaces.runs.sockets import logs_out

logger = logging.getLogger("bailiwick.sockets")

Handler = Callable[[Socket, Caller], Awaitable[None]]
_HTTP_THREADS = 10
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ADDRESS = re.compile(rf"/api/accounts/({_UUID})/workspaces/({_UUID})/(.+?)/?\Z")

ingest = Ingest([record_task_runs])


async def _events_in(socket: Socket, caller: Caller) -> None:
    await events_in(socket, caller, ingest)


# Each with the scope that opens it. Running flows report their task runs in events.
SOCKETS: dict[str, tuple[str, Handler]] = {
    "events/in": (scopes.RUN_FLOWS, _events_in),
    "events/out": (scopes.SEE_EVENTS, events_out),
    "logs/out": (scopes.SEE_FLOWS, logs_out),
}

# a2wsgi spells the same two protocols with other type names.
_http: Any = WSGIMiddleware(cast(Any, wsgi_application), workers=_HTTP_THREADS)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await _http(scope, receive, send)
    elif scope["type"] == "websocket":
        await _websocket(Socket(scope, receive, send))
    elif scope["type"] == "lifespan":
        await _lifespan(receive, send)


async def _websocket(socket: Socket) -> None:
    address = _ADDRESS.match(socket.scope["path"])
    if address is None or address[3] not in SOCKETS:
        await socket.refuse(404, "Not Found")
        return
    required_scope, handler = SOCKETS[address[3]]
    with contextlib.suppress(Closed):
        caller = await welcome(socket, UUID(address[1]), UUID(address[2]), required_scope)
        if caller is None:
            return
        async with guard.watching(socket, caller):
            await handler(socket, caller)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Before the process ends, what has been received is stored."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            with contextlib.suppress(TimeoutError):  # the database may be away
                await asyncio.wait_for(ingest.settled(), 10)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
