"""Websockets, and HTTP as well in a small installation: `uvicorn config.asgi:application`.

A larger installation runs this for websockets only and `config.wsgi` for HTTP, where synchronous views cost half.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID
from weakref import WeakValueDictionary

from a2wsgi import WSGIMiddleware

from config.wsgi import application as wsgi_application  # sets Django up, so it comes before what needs models

# isort: split
from core.rest.asgi_bodies import with_body
from orgs.rate_limits import wait_to_open
from rbac import permissions, scopes
from workspaces.account_events.sockets import account_events_out
from workspaces.events.ingest import Ingest
from workspaces.events.sockets import events_in, events_out
from workspaces.runs.services.recorder import record_task_runs
from workspaces.runs.sockets import logs_out
from workspaces.websockets.access_watcher import access_watcher
from workspaces.websockets.authentication import Door, authenticate
from workspaces.websockets.connection import Caller, Closed, Receive, Scope, Send, Socket

logger = logging.getLogger("bailiwick.sockets")

Handler = Callable[[Socket, Caller], Awaitable[None]]
_HTTP_THREADS = 10
_ACCOUNT_THREADS = 4  # of these, for the requests below one account
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ACCOUNT = re.compile(rf"/(?:api/accounts|account)/({_UUID})/")  # endpoints, and pages
_ADDRESS = re.compile(rf"/api/accounts/({_UUID})/(?:workspaces/({_UUID})/)?(.+?)/?\Z")

ingest = Ingest([record_task_runs])


async def _events_in(socket: Socket, caller: Caller) -> None:
    await events_in(socket, caller, ingest)


# Each with its required scope. Running flows report their task runs in events.
# With the key of a flow run, the first two keep to the events of the run.
SOCKETS: dict[str, tuple[Door, Handler]] = {
    "events/in": (Door(scopes.RUN_FLOWS, for_runs=True), _events_in),
    "events/out": (Door(scopes.SEE_EVENTS, for_runs=True), events_out),
    "logs/out": (Door(scopes.SEE_FLOWS), logs_out),
}

# The sockets of an account, each with its required permission.
ACCOUNT_SOCKETS: dict[str, tuple[Door, Handler]] = {
    "events/out": (Door(permissions.READ_AUDIT_EVENT), account_events_out),
}

# a2wsgi has its own types for the same two protocols.
_http: Any = WSGIMiddleware(cast(Any, wsgi_application), workers=_HTTP_THREADS)
# By account, while one of its requests waits or runs.
_account_threads: "WeakValueDictionary[str, asyncio.Semaphore]" = WeakValueDictionary()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await with_body(handle_http, scope, receive, send)
    elif scope["type"] == "websocket":
        await _websocket(Socket(scope, receive, send))
    elif scope["type"] == "lifespan":
        await _lifespan(receive, send)


async def handle_http(scope: Scope, receive: Receive, send: Send) -> None:
    """Handle a request in a thread. A limit per account keeps slow requests from using up all threads."""
    account = _ACCOUNT.match(scope["path"])
    if account is None:
        await _http(scope, receive, send)
        return
    threads = _account_threads.setdefault(account[1], asyncio.Semaphore(_ACCOUNT_THREADS))
    async with threads:
        await _http(scope, receive, send)


async def _websocket(socket: Socket) -> None:
    address = _ADDRESS.match(socket.scope["path"])
    sockets = SOCKETS if address and address[2] else ACCOUNT_SOCKETS
    if address is None or address[3] not in sockets:
        await socket.refuse(404, "Not Found")
        return
    door, handler = sockets[address[3]]
    workspace_id = UUID(address[2]) if address[2] else None
    with contextlib.suppress(Closed), contextlib.ExitStack() as held:
        caller = await authenticate(socket, UUID(address[1]), workspace_id, door, held)
        if caller is None:
            return
        async with access_watcher.watching(socket, caller):
            await wait_to_open(caller.account, caller.key)
            await handler(socket, caller)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Store all received events before the process ends."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            with contextlib.suppress(TimeoutError):  # the database may be away
                await asyncio.wait_for(ingest.drain(), 10)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
