"""A client that is slow to send a body holds up nobody."""

import asyncio
import contextlib
import socket
from typing import Any
from urllib.request import urlopen

import pytest

from core.rest import asgi_bodies
from core.rest.asgi_bodies import ADDRESS_BYTES, LARGEST, budget, with_body
from tests.site import Site

pytestmark = pytest.mark.one_database(reason="no SQL")

PART = b"x" * 60_000


class Request:
    """One request whose parts arrive one by one, and what became of it."""

    def __init__(self, *, length: int | None = 1000, address: str = "192.0.2.1") -> None:
        self.parts: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.called = False
        self.received: list[bytes] = []
        self.sent: list[dict[str, Any]] = []
        chunked = (b"transfer-encoding", b"chunked")
        header = chunked if length is None else (b"content-length", b"%d" % length)
        scope = {"type": "http", "headers": [header], "client": (address, 1)}
        self.task = asyncio.create_task(with_body(self.application, scope, self.parts.get, self.send))

    def give(self, body: bytes, *, more: bool = True) -> None:
        self.parts.put_nowait({"type": "http.request", "body": body, "more_body": more})

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        self.called = True
        message = await receive()
        assert not message["more_body"]
        self.received.append(message["body"])

    async def send(self, message: Any) -> None:
        self.sent.append(message)


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def run(work: Any) -> None:
    asyncio.run(work())
    assert budget.held == 0


def test_body_that_is_announced_too_long_is_not_waited_for() -> None:
    async def work() -> None:
        request = Request(length=LARGEST + 1)
        await turns()
        assert not request.task.done()  # the application has it, and reads a first part
        request.give(b"a", more=False)
        await request.task
        assert request.received == [b"a"]

    run(work)


def test_the_application_is_called_once_the_body_is_there() -> None:
    async def work() -> None:
        request = Request()
        request.give(b"a")
        request.give(b"b")
        await turns()
        assert request.received == []
        request.give(b"c", more=False)
        await request.task
        assert request.received == [b"abc"]

    run(work)


def test_client_that_leaves_never_reaches_the_application() -> None:
    async def work() -> None:
        request = Request()
        request.give(b"a")
        request.parts.put_nowait({"type": "http.disconnect"})
        await request.task
        assert (request.received, request.sent) == ([], [])

    run(work)


def test_body_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi_bodies, "SECONDS", 0.01)

    async def work() -> None:
        request = Request()
        request.give(b"a")
        await request.task
        assert (request.received, request.sent[0]["status"]) == ([], 408)

    run(work)


def test_body_that_is_too_long_is_not_read_to_the_end() -> None:
    async def work() -> None:
        request = Request(length=None)
        for _ in range(LARGEST // len(PART) + 1):
            request.give(PART)
        await request.task
        assert len(request.received[0]) > LARGEST

    run(work)


def test_body_of_too_great_an_announced_length_is_not_waited_for() -> None:
    async def work() -> None:
        request = Request(length=LARGEST + 1)
        await turns()
        assert request.called
        request.give(b"", more=False)
        await request.task

    run(work)


def test_bodies_of_one_address_that_are_not_complete_leave_room_for_others() -> None:
    async def work() -> None:
        hostile = [Request(length=5_100_000) for _ in range(10)]
        for request in hostile:
            for _ in range(5_000_000 // len(PART)):
                request.give(PART)
        await turns()
        for _ in range(100):
            await turns()
        assert budget.held <= ADDRESS_BYTES
        honest = Request(length=20 * len(PART), address="192.0.2.2")
        for _ in range(20):
            honest.give(PART)
        honest.give(b"", more=False)
        await honest.task
        assert len(honest.received[0]) == 20 * len(PART)
        for request in hostile:
            request.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await request.task

    run(work)


def test_bodies_that_arrive_at_once_do_not_wait_for_each_other_for_ever() -> None:
    """Together they are larger than what one address may hold, and none of them is complete before another."""
    count, parts = 2 * ADDRESS_BYTES // 4_200_000, 70

    async def work() -> None:
        requests = [Request(length=parts * len(PART)) for _ in range(count)]
        for number in range(1, parts + 1):
            for request in requests:
                request.give(PART, more=number < parts)
            await turns()
        await asyncio.wait_for(asyncio.gather(*(request.task for request in requests)), 5)
        assert all(len(request.received[0]) == parts * len(PART) for request in requests)

    run(work)


def test_forms_that_never_end_keep_nobody_from_the_site(site: Site) -> None:
    head = (
        f"POST /auth/sign-in HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nCookie: bailiwick_csrf={'a' * 32}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nlogin="
    )
    with contextlib.ExitStack() as connections:
        for _ in range(30):
            connection = connections.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            connection.sendall(head.encode())
        for _ in range(5):
            with urlopen(f"{site.api_url}/health", timeout=5) as answer:
                assert answer.status == 200
