"""Websockets of a workspace: who may open one, and how it is spoken to (client-protocol.md 3.1)."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import orjson
from django.db import DatabaseError, close_old_connections

from accounts.models import Account, ApiKey, User
from accounts.rest.answers import json_bytes
from accounts.rest.authentication import caller_address, key_value, note_use
from orgs.networks import lets_in
from orgs.services.networks import within
from workspaces.models import Workspace
from workspaces.scoping import Access, enter_with_key, still_held

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Args = ParamSpec("Args")
Result = TypeVar("Result")

PROTOCOL_ERROR, POLICY, UNEXPECTED = 1002, 1008, 1011
RECHECK_SECONDS = 0.5
AUTH_SECONDS = 15
_SUBPROTOCOL = "prefect"
_threads = ThreadPoolExecutor(4, "database")
_watcher = ThreadPoolExecutor(1, "access")  # never behind a backfill
logger = logging.getLogger("bailiwick.sockets")


class Closed(Exception):
    """The other side is gone, or we have closed."""


@dataclass(frozen=True, slots=True)
class Caller:
    key: ApiKey
    user: User
    access: Access
    scope: str
    address: str = ""

    @property
    def workspace(self) -> Workspace:
        return self.access.workspace


async def from_database(work: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
    """Run `work`, which may use the database, in a thread whose connection is kept in order."""
    return await _in_thread(_threads, work, *args, **kwargs)


async def _in_thread(
    threads: ThreadPoolExecutor, work: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs
) -> Result:
    def run() -> Result:
        close_old_connections()
        return work(*args, **kwargs)

    return await asyncio.get_running_loop().run_in_executor(threads, run)


class Socket:
    """One websocket. `receive_json` and `send_json` raise Closed once it is closed."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        self.accepted = self.closed = False

    @property
    def offers_subprotocol(self) -> bool:
        return _SUBPROTOCOL in self.scope["subprotocols"]

    @property
    def header_key(self) -> str:
        headers: dict[bytes, bytes] = dict(self.scope["headers"])
        return key_value(headers.get(b"authorization", b"").decode("latin-1"))

    @property
    def address(self) -> str:
        client = self.scope.get("client")
        headers: dict[bytes, bytes] = dict(self.scope["headers"])
        return caller_address(str(client[0]) if client else "", headers.get(b"x-forwarded-for", b"").decode("latin-1"))

    async def accept(self) -> None:
        message = await self._receive()
        if message["type"] != "websocket.connect":
            raise Closed
        await self._send({"type": "websocket.accept", "subprotocol": _SUBPROTOCOL if self.offers_subprotocol else None})
        self.accepted = True

    async def refuse(self, status: int, text: str) -> None:
        """Answer the upgrade with an HTTP status instead."""
        await self._receive()
        self.closed = True
        if "websocket.http.response" not in self.scope.get("extensions", {}):
            await self._send({"type": "websocket.close", "code": POLICY})
            return
        headers = [(b"content-type", b"application/json")]
        await self._send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await self._send({"type": "websocket.http.response.body", "body": json_bytes({"detail": text})})

    async def receive_text(self) -> str:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self.closed = True
            raise Closed
        text: str | None = message.get("text")
        return bytes(message["bytes"]).decode(errors="replace") if text is None else text

    async def receive_json(self) -> Any:
        """None for text that is no JSON."""
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(await self.receive_text())
        return None

    async def send_json(self, data: Any) -> None:
        if self.closed:
            raise Closed
        try:
            await self._send({"type": "websocket.send", "text": json_bytes(data).decode()})
        except (OSError, RuntimeError) as error:  # servers word a lost connection differently
            self.closed = True
            raise Closed from error

    async def close(self, code: int, reason: str = "") -> None:
        if self.closed:
            return
        self.closed = True
        with contextlib.suppress(OSError, RuntimeError):
            await self._send({"type": "websocket.close", "code": code, "reason": reason})


async def welcome(socket: Socket, account_id: UUID, workspace_id: UUID, scope: str) -> Caller | None:
    """Authenticate and let in; None when refused, with the refusal said on the socket.

    A key in a header counts at once. Clients that offer the subprotocol send an auth message; a token in it wins,
    a null one is satisfied by the header.
    """
    caller: Caller | str = "Invalid token"
    if socket.header_key:
        caller = await from_database(_identify, socket, socket.header_key, account_id, workspace_id, scope)
    if not socket.offers_subprotocol:
        if isinstance(caller, str):
            await socket.refuse(*_STATUS[caller])
            return None
        await socket.accept()
        return caller
    await socket.accept()
    try:
        async with asyncio.timeout(AUTH_SECONDS):
            message = await socket.receive_json()
    except TimeoutError:
        message = None
    if not isinstance(message, dict) or message.get("type") != "auth":
        await socket.close(POLICY, "Expected 'auth' message")
        return None
    token = message.get("token")
    if isinstance(token, str) and token:
        # The auth string of a client in server mode may be "user:key" (client-protocol.md 3.1).
        value = token.rpartition(":")[2]
        caller = await from_database(_identify, socket, value, account_id, workspace_id, scope)
    elif not socket.header_key:
        caller = "Auth required but no token provided"
    if isinstance(caller, str):
        await socket.close(POLICY, caller)
        return None
    await socket.send_json({"type": "auth_success"})
    return caller


_STATUS = {
    "Invalid token": (401, "Invalid authentication credentials"),
    "Not Found": (404, "Not Found"),
    "Forbidden": (403, "Forbidden"),
}


def _identify(socket: Socket, value: str, account_id: UUID, workspace_id: UUID, scope: str) -> Caller | str:
    key, access = enter_with_key(value, workspace_id, account_id)
    if key is None:
        return "Invalid token"
    if access is None:
        return "Not Found"
    if not access.allows(scope) or not lets_in(access.workspace.account, socket.address, key.user.as_actor()):
        return "Forbidden"
    note_use(key, socket.address)
    return Caller(key, key.user, access, scope, socket.address)


class Guard:
    """Closes the sockets of one process whose key or access ended, within a second."""

    def __init__(self) -> None:
        self._open: dict[Socket, Caller] = {}
        self._task: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def watching(self, socket: Socket, caller: Caller) -> AsyncIterator[None]:
        self._open[socket] = caller
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            del self._open[socket]

    async def _watch(self) -> None:
        while self._open:
            await asyncio.sleep(RECHECK_SECONDS)
            try:
                ended = await _in_thread(_watcher, _ended, list(self._open.values()))
            except DatabaseError as error:
                logger.warning("Access of open sockets is checked again soon: %s", error)
                continue
            for socket, caller in list(self._open.items()):
                if caller in ended:
                    # Closing waits for a client that does not read: not here.
                    closing = asyncio.create_task(socket.close(POLICY, "Access ended"))
                    self._closing.add(closing)
                    closing.add_done_callback(self._closing.discard)


def _ended(callers: list[Caller]) -> list[Caller]:
    """Those whose key is gone or expired, whose user lost the scope, or whose address the account does not let in.

    Five queries, however many sockets.
    """
    in_force = ApiKey.objects.in_force().filter(id__in={caller.key.id for caller in callers})
    keys = set(in_force.values_list("id", flat=True))
    asked = {caller: (caller.user.id, caller.workspace.id, caller.scope) for caller in callers if caller.key.id in keys}
    held = still_held(set(asked.values()))
    accounts = Account.objects.filter(id__in={caller.workspace.account_id for caller in callers})
    networks = dict(accounts.values_list("id", "enforced_networks"))

    def stays(caller: Caller) -> bool:
        enforced = networks.get(caller.workspace.account_id, [])
        return asked.get(caller) in held and (not enforced or within(enforced, caller.address))

    return [caller for caller in callers if not stays(caller)]


guard = Guard()
