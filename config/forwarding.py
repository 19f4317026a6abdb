"""Forward an HTTP request to another process over a Unix socket, and send its response to the client."""

import asyncio
import contextlib
from http import HTTPStatus
from pathlib import Path

import httptools
from django.conf import settings

from core.rest.asgi_bodies import Message, Receive, Scope, Send
from core.rest.responses import json_bytes
from workspaces.events.bus import socket_folder

_PART = 65_536
# Hop-by-hop headers.
_NOT_FORWARDED = {b"connection", b"keep-alive", b"expect", b"upgrade", b"content-length", b"transfer-encoding"}


def heavy_socket() -> Path:
    """Return the socket of the process for heavy requests, in a folder that only this user may enter."""
    return socket_folder() / "heavy"


async def forward(socket: Path, scope: Scope, receive: Receive, send: Send) -> bool:
    """Forward a request. Return False if no process listens; the body has not been read then."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    try:
        body: bytes = (await receive()).get("body", b"")
        writer.write(_head(scope, len(body)))
        writer.write(body)
        await _send_response(reader, send, head=scope["method"] == "HEAD")
    finally:
        writer.close()
    return True


def _head(scope: Scope, length: int) -> bytes:
    """Return the request's first line and headers."""
    query: bytes = scope["query_string"]
    address = scope["raw_path"] + (b"?" + query if query else b"")
    lines = [f"{scope['method']} ".encode() + address + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in _headers(scope)]
    lines += [b"content-length: %d" % length, b"connection: close", b"", b""]
    return b"\r\n".join(lines)


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Return the headers to forward.

    Unless a proxy has set X-Forwarded-For, it is set here, because the other process trusts it.
    """
    headers = [(name, value) for name, value in scope["headers"] if name not in _NOT_FORWARDED]
    if settings.BEHIND_PROXY:
        return headers
    client = scope.get("client") or ("", 0)
    headers = [(name, value) for name, value in headers if not name.startswith((b"x-forwarded-", b"forwarded"))]
    return [*headers, (b"x-forwarded-for", str(client[0]).encode())]


class _Response:
    """The part of the response that has arrived. httptools calls the `on_` methods."""

    def __init__(self, *, head: bool) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.head = head  # whether the request was HEAD, so that no body follows
        self.headers: list[tuple[bytes, bytes]] = []
        self.waiting: list[Message] = []
        self.begun = self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() not in (b"connection", b"transfer-encoding"):
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.begun = True
        status = self.parser.get_status_code()
        self.waiting.append({"type": "http.response.start", "status": status, "headers": self.headers})
        if self.head:
            self.on_message_complete()

    def on_body(self, body: bytes) -> None:
        self.waiting.append({"type": "http.response.body", "body": body, "more_body": True})

    def on_message_complete(self) -> None:
        self.complete = True
        self.waiting.append({"type": "http.response.body", "body": b""})


async def _send_response(reader: asyncio.StreamReader, send: Send, *, head: bool) -> None:
    """Send the response in parts, as it arrives. If it ends early, the client's connection is closed."""
    response = _Response(head=head)
    with contextlib.suppress(OSError, httptools.HttpParserError):
        while not response.complete and (part := await reader.read(_PART)):
            response.parser.feed_data(part)
            for message in response.waiting:
                await send(message)
            response.waiting.clear()
    if not response.begun:
        await _unavailable(send)


async def _unavailable(send: Send) -> None:
    """Respond with 503 for a process that ended. Clients try again."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers = [(b"content-type", b"application/json"), (b"retry-after", b"1")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json_bytes({"detail": "Please try again."})})
