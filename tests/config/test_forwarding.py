"""Requests that are forwarded over a Unix socket."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from config.forwarding import forward

pytestmark = pytest.mark.one_database(reason="no SQL")

OK = b"HTTP/1.1 201 Created\r\ncontent-type: text/plain\r\nx-own: 1\r\ntransfer-encoding: chunked\r\n\r\n"
HEADERS = [
    (b"host", b"flows.example"), (b"authorization", b"Bearer k"), (b"connection", b"keep-alive, x"),
    (b"expect", b"100-continue"), (b"content-length", b"4"), (b"x-forwarded-for", b"203.0.113.1, 203.0.113.2"),
    (b"x-forwarded-proto", b"https"), (b"forwarded", b"for=203.0.113.1"),
]  # fmt: skip


class Exchange:
    """What the other process got, and what the client got."""

    request = b""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


def exchange(folder: Path, *parts: bytes, method: str = "POST") -> Exchange:
    """Forward a request to a process that answers with these parts and closes the connection."""
    result = Exchange()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        result.request = await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(4)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    async def run() -> None:
        async with await asyncio.start_unix_server(answer, folder / "s"):
            assert await forward(folder / "s", scope() | {"method": method}, receive(), sender(result))

    asyncio.run(asyncio.wait_for(run(), 20))
    return result


def scope() -> dict[str, Any]:
    return {
        "type": "http", "method": "POST", "path": "/api/x y", "raw_path": b"/api/x%20y", "query_string": b"a=1",
        "headers": HEADERS, "client": ("192.0.2.7", 1),
    }  # fmt: skip


def receive() -> Callable[[], Awaitable[dict[str, Any]]]:
    async def body() -> dict[str, Any]:
        return {"type": "http.request", "body": b"body", "more_body": False}

    return body


def sender(result: Exchange) -> Callable[[Any], Awaitable[None]]:
    async def send(message: Any) -> None:
        result.sent.append(message)

    return send


def test_request_and_response_arrive_whole(tmp_path: Path) -> None:
    got = exchange(tmp_path, OK, b"3\r\nab", b"c\r\n2\r\nde\r\n", b"0\r\n\r\n")
    assert got.request.startswith(b"POST /api/x%20y?a=1 HTTP/1.1\r\nhost: flows.example\r\nauthorization: Bearer k\r\n")
    assert got.request.endswith(b"content-length: 4\r\nconnection: close\r\n\r\nbody")
    assert b"expect" not in got.request
    assert (got.status, got.body) == (201, b"abcde")
    assert got.sent[0]["headers"] == [(b"content-type", b"text/plain"), (b"x-own", b"1")]
    assert not got.sent[-1].get("more_body")


def test_caller_is_the_one_of_the_connection_whatever_it_claims(tmp_path: Path) -> None:
    request = exchange(tmp_path, OK, b"0\r\n\r\n").request
    assert request.count(b"forwarded") == 1
    assert b"\r\nx-forwarded-for: 192.0.2.7\r\n" in request


def test_headers_of_a_trusted_proxy_stay(tmp_path: Path, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    request = exchange(tmp_path, OK, b"0\r\n\r\n").request
    assert b"\r\nx-forwarded-for: 203.0.113.1, 203.0.113.2\r\nx-forwarded-proto: https\r\n" in request


@pytest.mark.parametrize("parts", [(), (OK[:30],), (b"nonsense\r\n\r\n",)])
def test_client_may_try_again_if_the_process_ends_before_it_answers(tmp_path: Path, parts: tuple[bytes, ...]) -> None:
    got = exchange(tmp_path, *parts)
    assert got.status == 503
    assert (b"retry-after", b"1") in got.sent[0]["headers"]
    assert len(got.sent) == 2


def test_response_to_head_ends_with_its_headers(tmp_path: Path) -> None:
    got = exchange(tmp_path, b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n", method="HEAD")
    assert (got.status, got.sent[1:]) == (200, [{"type": "http.response.body", "body": b""}])


def test_response_that_ends_early_is_not_completed(tmp_path: Path) -> None:
    got = exchange(tmp_path, OK, b"3\r\nabc\r\n")
    assert (got.status, got.body) == (201, b"abc")
    assert got.sent[-1]["more_body"]


def test_nothing_is_read_if_no_process_listens(tmp_path: Path) -> None:
    async def never() -> dict[str, Any]:
        raise AssertionError("The body was read.")

    assert not asyncio.run(forward(tmp_path / "nobody", scope(), never, sender(Exchange())))
