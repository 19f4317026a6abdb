"""What one connection may take of memory and of the event loop: a real server, an application of a few lines."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from config import websocket_protocol
from config.websocket_protocol import FIRST_MESSAGE_BYTES, PINGS_PER_SECOND, BoundedProtocol
from core.asgi_extensions import MESSAGE_SIZE

pytestmark = pytest.mark.one_database(reason="no SQL")

Application = Callable[[Any, Any, Any], Awaitable[None]]


@contextmanager
def serving(handle: Callable[[Any, Any, Any], Awaitable[None]]) -> Iterator[str]:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await handle(scope, receive, send)

    config = uvicorn.Config(
        application, port=0, lifespan="off", log_level="critical", ws=BoundedProtocol, ws_per_message_deflate=False,
        ws_max_size=2 * 1024 * 1024,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


class Received:
    """Takes every message, up to 2 MB, and remembers it."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.ended = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"][MESSAGE_SIZE]["limit"](2_000_000)
        while (message := await receive())["type"] == "websocket.receive":
            self.messages.append(message["text"])
        self.ended.set()


async def wait_for_the_end(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


def closed_with(client: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            client.recv(timeout=10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


def text_frame(text: bytes, *, final: bool = True, opcode: int = 1) -> bytes:
    """A masked frame, with a mask of zeros."""
    size = len(text)
    length = bytes([128 | size]) if size < 126 else bytes([128 | 126]) + size.to_bytes(2, "big")
    return bytes([(128 if final else 0) | opcode]) + length + bytes(4) + text


def test_all_messages_arrive_in_order_whatever_their_size() -> None:
    received = Received()
    sent = [f"{number} " + "x" * size for number, size in enumerate([0, 10, 70_000, 1_500_000, 0, 20_000, 5] * 3)]
    with serving(received) as url, connect(url, compression=None) as client:
        for message in sent:
            client.send(message)
        client.close()
        assert received.ended.wait(10)
    assert received.messages == sent


def test_what_came_before_a_connection_broke_is_not_lost() -> None:
    """A client that is killed has sent a burst: all of it in one read of the server."""
    received = Received()
    with serving(received) as url, connect(url, compression=None) as client:
        client.socket.sendall(b"".join(text_frame(b"%d" % number) for number in range(20_000)))
        client.socket.shutdown(socket.SHUT_WR)
        client.socket.close()
        assert received.ended.wait(20)
    assert received.messages == [str(number) for number in range(20_000)]


def test_first_message_is_small() -> None:
    with serving(wait_for_the_end) as url, connect(url, compression=None) as client:
        client.send("x" * (FIRST_MESSAGE_BYTES + 1))
        assert closed_with(client)[0] == 1009


def test_compression_is_not_offered() -> None:
    with serving(wait_for_the_end) as url, connect(url) as client:
        assert client.protocol.extensions == []


def test_flood_of_pings_closes_the_connection() -> None:
    with serving(wait_for_the_end) as url, connect(url, compression=None) as client:
        client.socket.sendall(text_frame(b"x", opcode=9) * (PINGS_PER_SECOND * 10))
        assert closed_with(client) == (1008, "Too many pings")


def test_endless_message_of_empty_fragments_closes_the_connection() -> None:
    with serving(wait_for_the_end) as url, connect(url, compression=None) as client:
        client.socket.sendall(text_frame(b"x", final=False) + text_frame(b"", final=False, opcode=0) * 2_000)
        assert closed_with(client) == (1008, "Too many fragments")


def test_application_that_reads_nothing_holds_one_read_of_the_server() -> None:
    """Reading stops until the application asks: the rest stays with the client."""
    asked = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def ask_once(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"][MESSAGE_SIZE]["limit"](2_000_000)
        loops.append(asyncio.get_running_loop())
        await receive()
        await asked.wait()

    with serving(ask_once) as url:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as raw:
            raw.sendall(
                b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + b"AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            raw.recv(1000)
            raw.setblocking(False)
            frame, sent = text_frame(b"x" * 60_000), 0
            deadline = time.monotonic() + 1.5
            while time.monotonic() < deadline and sent < 60_000_000:
                try:
                    sent += raw.send(frame)
                except BlockingIOError:
                    time.sleep(0.01)
        loops[0].call_soon_threadsafe(asked.set)
    assert sent < 20_000_000, "what the kernel buffers, and one read"


def test_client_that_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_protocol, "STALLED_SECONDS", 0.3)
    sent, ended = [0], threading.Event()

    async def push(scope: Any, receive: Any, send: Any) -> None:
        try:
            while True:
                await send({"type": "websocket.send", "text": "x" * 100_000})
                sent[0] += 1
        finally:
            ended.set()

    with serving(push) as url, connect(url, compression=None, max_queue=1, close_timeout=0.1):
        assert ended.wait(20)
    assert sent[0] < 500


def test_unfinished_messages_are_bounded_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_protocol, "UNFINISHED_BYTES", 1_100_000)
    received = Received()
    start = bytes([129, 128 | 127]) + (1_000_000).to_bytes(8, "big") + bytes(4)
    with serving(received) as url, connect(url, compression=None) as first, connect(url, compression=None) as second:
        first.socket.sendall(start + b"x" * 300_000)
        while not BoundedProtocol.unfinished:
            time.sleep(0.01)
        second.socket.sendall(start + b"x" * 1_000_000)
        assert closed_with(first) == (1013, "Too many unfinished messages")
        second.close()
    assert received.messages == ["x" * 1_000_000]
    assert (BoundedProtocol.unfinished_bytes, len(BoundedProtocol.unfinished)) == (0, 0)
