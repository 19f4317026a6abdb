"""A websocket connection, and its caller.

Starlette's `WebSocket` is not used. It has no timeout for clients that do not read, raises different errors for a
socket that another task has closed, expects one type of frame, and cannot refuse an upgrade if the server lacks the
extension. Every method would have to be wrapped, which would save about ten lines.

See docs/contract/client-protocol.md, "Websocket authentication".
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from accounts.models import Account, ApiKey, User
from core.asgi_extensions import MESSAGE_SIZE
from core.rest.callers import caller_address, key_value
from core.rest.responses import json_bytes
from orgs.queries import AccountAccess
from workspaces.models import Workspace
from workspaces.run_keys.bounds import RunBounds
from workspaces.scoping import Access

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Close codes of websockets (RFC 6455).
PROTOCOL_ERROR, POLICY, TOO_BIG, UNEXPECTED, TRY_AGAIN = 1002, 1008, 1009, 1011, 1013
TOO_MANY = 429  # the HTTP status of a connection that is refused because too many are open
RETRY_SECONDS = 5  # after which such a client may try again
SEND_SECONDS = 30  # for a client to read one frame
_SUBPROTOCOL = "prefect"


class Closed(Exception):
    """The socket is closed, by the client or by this server."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated client: its API key, the key's user, and their access to what the socket belongs to.

    That is a workspace or an account.
    """

    key: ApiKey
    user: User
    access: Access | AccountAccess
    scope: str  # or the permission in the account, which the socket needs; the access has it
    address: str = ""  # of the network

    @property
    def workspace(self) -> Workspace:
        """Return the workspace of the socket. Raises `TypeError` if it belongs to an account."""
        if isinstance(self.access, AccountAccess):
            raise TypeError("This socket belongs to no workspace.")
        return self.access.workspace

    @property
    def workspace_id(self) -> UUID | None:
        return None if isinstance(self.access, AccountAccess) else self.access.workspace.id

    @property
    def run(self) -> RunBounds | None:
        """Return what the socket reaches, if the key is that of a flow run."""
        return None if isinstance(self.access, AccountAccess) else self.access.run

    @property
    def account(self) -> Account:
        return self.access.account if isinstance(self.access, AccountAccess) else self.access.workspace.account

    @property
    def tenant_id(self) -> UUID:
        """Return the id of the workspace, or of the account if the socket belongs to an account."""
        return self.workspace_id or self.account.id


class Socket:
    """A websocket. Methods that receive or send raise `Closed` once it is closed.

    The arguments are those with which an ASGI server calls an application.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        self.accepted = self.closed = False

    @property
    def offers_subprotocol(self) -> bool:
        """Whether the client offers the subprotocol of Prefect."""
        return _SUBPROTOCOL in self.scope["subprotocols"]

    @property
    def header_key(self) -> str:
        """The API key in the Authorization header, or an empty text."""
        return key_value(self._header(b"authorization"))

    @property
    def user_agent(self) -> str:
        return self._header(b"user-agent")

    @property
    def address(self) -> str:
        """The address that the client connects from."""
        client = self.scope.get("client")
        return caller_address(str(client[0]) if client else "", self._header(b"x-forwarded-for"))

    def limit_messages(self, size: int) -> None:
        """Close the socket if a message has more than `size` bytes, provided that the ASGI server supports it."""
        if extension := self.scope.get("extensions", {}).get(MESSAGE_SIZE):
            extension["limit"](size)

    async def accept(self) -> None:
        """Accept the websocket connection. Raises `Closed` if the client has disconnected."""
        message = await self._receive()
        if message["type"] != "websocket.connect":
            raise Closed
        await self._send({"type": "websocket.accept", "subprotocol": _SUBPROTOCOL if self.offers_subprotocol else None})
        self.accepted = True

    async def refuse(self, status: int, text: str) -> None:
        """Refuse the upgrade with an HTTP status, or with a close code if the ASGI server cannot."""
        await self._receive()  # consume "websocket.connect", the first ASGI message
        self.closed = True
        if "websocket.http.response" not in self.scope.get("extensions", {}):
            await self._send({"type": "websocket.close", "code": POLICY})
            return
        headers = [(b"content-type", b"application/json")]
        if status == TOO_MANY:
            headers.append((b"retry-after", b"%d" % RETRY_SECONDS))
        await self._send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await self._send({"type": "websocket.http.response.body", "body": json_bytes({"detail": text})})

    async def receive_bytes(self) -> bytes:
        """Return the next message as UTF-8. Raises `Closed` if the client has disconnected or the socket was closed."""
        message = await self._receive()
        if self.closed:
            raise Closed
        if message["type"] == "websocket.disconnect":
            self.closed = True
            raise Closed
        text: str | None = message.get("text")
        return (bytes(message["bytes"]).decode(errors="replace") if text is None else text).encode(errors="replace")

    async def receive_json(self) -> Any:
        """Return the next message, parsed. None if it is not JSON."""
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(await self.receive_bytes())
        return None

    async def send_json(self, data: Any) -> None:
        """Send one message as JSON."""
        await self.send_frame(json_bytes(data))

    async def send_frame(self, frame: bytes) -> None:
        """Send one text frame. Raises `Closed` if the client has disconnected or does not read it in time."""
        if self.closed:
            raise Closed
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send({"type": "websocket.send", "text": frame.decode()})
        except (OSError, RuntimeError, TimeoutError) as error:  # which of them depends on the ASGI server
            self.closed = True
            raise Closed from error

    async def close(self, code: int, reason: str = "") -> None:
        """Close the socket, if it is open."""
        if self.closed:
            return
        self.closed = True
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            async with asyncio.timeout(SEND_SECONDS):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})

    def _header(self, name: bytes) -> str:
        headers: dict[bytes, bytes] = dict(self.scope["headers"])
        return headers.get(name, b"").decode("latin-1")
