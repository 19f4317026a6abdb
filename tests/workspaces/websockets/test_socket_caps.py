"""Caps on open websockets: one too many is refused with a reason and leaves nothing behind."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import InterfaceError, connections

from config.asgi import application
from core import rate_limits
from core.fair_threads import FairThreads
from tests.cast import Person
from tests.limits import Minute, minute
from workspaces.websockets import access_watcher, authentication, counts

__all__ = ["minute"]

pytestmark = pytest.mark.django_db(transaction=True)
CAPS = {"process": 0, "account": 0, "workspace": 0, "actor": 0, "waiting": 0, "address_waiting": 0}


class Client:
    """One client of the application, which says what it is told to."""

    def __init__(self, person: Person, path: str, *, header: bool, address: str = "192.0.2.1") -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outgoing: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        key = person.key_value.encode()
        self.scope = {
            "type": "websocket",
            "path": f"{person.workspace_api}/{path}",
            "subprotocols": [] if header else ["prefect"],
            "headers": [(b"authorization", b"Bearer " + key)] if header else [],
            "client": (address, 1),
            "extensions": {"websocket.http.response": {}},
        }
        self.auth = {"type": "auth", "token": person.key_value}
        self.incoming.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(application(self.scope, self.incoming.get, self.outgoing.put))

    def say(self, data: Any) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": json.dumps(data)})

    async def hear(self) -> MutableMapping[str, Any]:
        return await asyncio.wait_for(self.outgoing.get(), 10)

    async def leave(self) -> None:
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.task, 10)


def run(work: Callable[[], Awaitable[None]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run with threads that leave no connection to the test's database behind."""
    pools = {authentication: FairThreads(1, "test"), access_watcher: FairThreads(1, "test")}
    for module, threads in pools.items():
        monkeypatch.setattr(module, "_threads", threads)

    async def whole() -> None:
        await work()
        for threads in pools.values():
            await threads.run(None, connections.close_all)

    asyncio.run(whole())
    assert not +counts._open._open
    assert not +counts._waiting._open


@pytest.mark.parametrize("cap", ["process", "account", "workspace", "actor"])
def test_socket_over_a_cap_is_refused(owner: Person, settings: Any, monkeypatch: Any, cap: str) -> None:
    settings.SOCKET_CAPS = {**CAPS, cap: 2}

    async def work() -> None:
        first = [Client(owner, "events/in", header=True) for _ in range(2)]
        for client in first:
            assert (await client.hear())["type"] == "websocket.accept"
        by_header = Client(owner, "events/in", header=True)
        assert (await by_header.hear())["status"] == 429
        assert b"at most 2 at once" in (await by_header.hear())["body"]
        by_message = Client(owner, "events/out", header=False)
        await by_message.hear()
        by_message.say(by_message.auth)
        closed = await by_message.hear()
        assert (closed["type"], closed["code"]) == ("websocket.close", 1013)
        assert closed["reason"].endswith("at most 2 at once")
        await first[0].leave()
        again = Client(owner, "events/in", header=True)
        assert (await again.hear())["type"] == "websocket.accept"
        for client in (first[1], again):
            await client.leave()

    run(work, monkeypatch)


def test_other_workspaces_are_not_counted(owner: Person, stranger: Person, settings: Any, monkeypatch: Any) -> None:
    settings.SOCKET_CAPS = {**CAPS, "account": 1, "workspace": 1, "actor": 1}

    async def work() -> None:
        clients = [Client(person, "events/in", header=True) for person in (owner, stranger)]
        for client in clients:
            assert (await client.hear())["type"] == "websocket.accept"
            await client.leave()

    run(work, monkeypatch)


@pytest.mark.parametrize("cap", ["waiting", "address_waiting"])
def test_sockets_that_wait_for_their_key_are_capped(owner: Person, settings: Any, monkeypatch: Any, cap: str) -> None:
    settings.SOCKET_CAPS = {**CAPS, cap: 2}
    monkeypatch.setattr(authentication, "AUTH_SECONDS", 0.2)

    async def work() -> None:
        silent = [Client(owner, "events/out", header=False) for _ in range(2)]
        for client in silent:
            assert (await client.hear())["type"] == "websocket.accept"
        refused = Client(owner, "events/out", header=False)
        assert (await refused.hear())["status"] == 429
        elsewhere = Client(owner, "events/in", header=True, address="192.0.2.2")
        answer = await elsewhere.hear()
        assert answer["type"] == ("websocket.accept" if cap == "address_waiting" else "websocket.http.response.start")
        for client in silent:
            assert (await client.hear())["code"] == 1008
        later = Client(owner, "events/in", header=True)
        assert (await later.hear())["type"] == "websocket.accept"
        for client in (later, *([elsewhere] if cap == "address_waiting" else [])):
            await client.leave()

    run(work, monkeypatch)


def test_client_that_vanishes_or_talks_nonsense_is_counted_back(owner: Person, monkeypatch: Any) -> None:
    async def work() -> None:
        for message in ({"type": "hello"}, {"type": "auth", "token": None}, {"type": "auth", "token": "pnu_wrong"}):
            client = Client(owner, "events/out", header=False)
            await client.hear()
            client.say(message)
            assert (await client.hear())["code"] == 1008
        gone = Client(owner, "events/out", header=False)
        await gone.hear()
        await gone.leave()

    run(work, monkeypatch)


def test_many_sockets_of_one_key_are_checked_as_one(owner: Person, monkeypatch: Any) -> None:
    async def work() -> None:
        clients = [Client(owner, "events/in", header=True) for _ in range(20)]
        for client in clients:
            assert (await client.hear())["type"] == "websocket.accept"
        assert len(access_watcher.access_watcher._open) == 1
        for client in clients:
            await client.leave()
        assert not access_watcher.access_watcher._open

    run(work, monkeypatch)


def test_access_is_checked_on_after_a_check_that_failed(owner: Person, monkeypatch: Any) -> None:
    checks: list[Any] = []

    def ended(claims: Any) -> Any:
        checks.append(claims)
        if len(checks) == 1:
            raise InterfaceError("connection already closed")
        return claims

    monkeypatch.setattr(access_watcher, "ended_claims", ended)
    monkeypatch.setattr(access_watcher, "RECHECK_SECONDS", 0.01)

    async def work() -> None:
        client = Client(owner, "events/in", header=True)
        assert (await client.hear())["type"] == "websocket.accept"
        assert (await client.hear())["code"] == 1008
        await client.leave()

    run(work, monkeypatch)
    assert len(checks) >= 2


@pytest.mark.parametrize("limit", ["key_requests", "account_requests"])
def test_socket_over_a_limit_of_requests_is_accepted_and_waits(
    owner: Person, minute: Minute, monkeypatch: Any, limit: str
) -> None:
    minute.limit(**{limit: 1})
    waits: list[int] = []

    async def sleep(seconds: int) -> None:
        waits.append(seconds)
        minute.pass_on(seconds)

    monkeypatch.setattr(rate_limits, "asyncio", SimpleNamespace(sleep=sleep, to_thread=asyncio.to_thread))

    async def work() -> None:
        for waited in (0, 1):
            client = Client(owner, "events/in", header=True)
            assert (await client.hear())["type"] == "websocket.accept"
            await client.leave()
            assert len(waits) == waited

    run(work, monkeypatch)
    assert 0 < waits[0] <= rate_limits.PERIOD
