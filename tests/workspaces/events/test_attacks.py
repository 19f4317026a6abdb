"""A hostile workspace against the running site: others are served, and the process keeps its size."""

import contextlib
import json
import secrets
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets import Subprotocol
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.site import Site
from tests.workspaces.events.frames import AUTH, address, hear, open_in, open_out, plain_event, say, times

SUBPROTOCOL = Subprotocol("prefect")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for these tests alone: what others did before in a process decides how much it grows."""
    made = Site(tmp_path_factory.mktemp("attacked"))
    try:
        made.start()
        yield made
        assert made.complaints() == []
    finally:
        made.remove()


@pytest.fixture(scope="module")
def ours(site: Site) -> dict[str, Any]:
    return site.bootstrap("attack-owner", "lab")


@pytest.fixture
def theirs(site: Site) -> dict[str, Any]:
    """A workspace for one test: an attack uses up what its account may send in a minute."""
    return site.bootstrap(f"attack-{secrets.token_hex(4)}", "lab")


def megabytes(site: Site) -> int:
    """The resident memory of the web process."""
    status = Path(f"/proc/{site.web_pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


@contextlib.contextmanager
def attacking(attack: Any) -> Iterator[None]:
    """Run `attack(stop)` in a thread meanwhile."""
    stop = threading.Event()

    def run() -> None:
        with contextlib.suppress(ConnectionClosed, OSError):
            attack(stop)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)


def assert_served(ours: dict[str, Any], rounds: int = 3, seconds: float = 3) -> None:
    """An event of the quiet workspace is stored and pushed in time."""
    with open_out(ours, occurred=times(), event={"name": ["quiet.event"]}) as out, open_in(ours) as into:
        for _ in range(rounds):
            event, started = plain_event("quiet.event"), time.monotonic()
            say(into, event)
            while hear(out)["event"]["id"] != event["id"]:
                pass
            assert time.monotonic() - started < seconds


def test_large_frames_neither_fill_the_memory_nor_delay_others(
    site: Site, ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    """As fast as the site takes them: text of 1.4 MB, and lists that would take fifty times as much when parsed."""
    text = json.dumps(plain_event(payload={"text": "x" * 1_400_000}))
    lists = json.dumps(plain_event()).replace('"payload": {}', '"payload": {"x": [' + "[]," * 450_000 + "[]]}")

    def attack(stop: threading.Event) -> None:
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(open_in(theirs)) for _ in range(10)]
            for number in range(30):
                for socket in sockets:
                    if stop.is_set():
                        return
                    frame = lists if number % 3 else text
                    socket.send(frame.replace(frame[8:44], str(uuid.uuid4()), 1))

    before = megabytes(site)
    with attacking(attack):
        time.sleep(0.5)
        assert_served(ours)
        assert megabytes(site) - before < 200


def test_large_frames_of_many_sockets_do_not_fill_the_memory(site: Site, theirs: dict[str, Any]) -> None:
    """One frame each, one after the other, while their account may not send more."""
    before, frame = megabytes(site), json.dumps(plain_event(payload={"text": "x" * 1_900_000}))
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(open_in(theirs, close_timeout=0.05)) for _ in range(120)]
        for socket in sockets:
            socket.send(frame)
        with pytest.raises(ConnectionClosed, match="of this account wait"):
            sockets[-1].recv(timeout=10)
        assert megabytes(site) - before < 300


def test_large_filters_of_many_sockets_do_not_fill_the_memory(site: Site, theirs: dict[str, Any]) -> None:
    before = megabytes(site)
    with contextlib.ExitStack() as stack:
        with pytest.raises(ConnectionClosed, match="too large together"):
            for number in range(120):
                names = [f"{number}-{name}-".ljust(120, "x") for name in range(1_900)]
                socket = stack.enter_context(open_out(theirs, event={"name": names}))
                with contextlib.suppress(TimeoutError):
                    socket.recv(timeout=0.02)
        assert megabytes(site) - before < 150


def test_subscriber_that_reads_nothing_holds_up_nobody(
    site: Site, ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    before, frame = megabytes(site), plain_event(payload={"text": "x" * 150_000})
    chosen: dict[str, Any] = {"occurred": times(), "event": {"prefix": ["test."]}}
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            unread = connect(address(theirs, "/events/out"), subprotocols=[SUBPROTOCOL], max_queue=1, close_timeout=0.1)
            socket = stack.enter_context(unread)
            say(socket, {**AUTH, "token": theirs["api_key"]})
            hear(socket)
            say(socket, {"type": "filter", "filter": chosen})
        reader = stack.enter_context(open_out(theirs, **chosen))
        into = stack.enter_context(open_in(theirs))
        for _ in range(60):
            event = {**frame, "id": str(uuid.uuid4())}
            say(into, event)
            while hear(reader)["event"]["id"] != event["id"]:
                pass
        assert_served(ours)
        assert megabytes(site) - before < 150


def test_flood_of_wrong_keys_delays_no_events(ours: dict[str, Any]) -> None:
    """Below the limit on wrong keys, above which they are refused before they are looked up."""
    headers = {"Authorization": f"Bearer pnu_{'x' * 36}"}
    tries: list[int] = []

    def attack(stop: threading.Event) -> None:
        for _ in range(60):
            if stop.is_set():
                return
            with contextlib.suppress(InvalidStatus):
                connect(address(ours, "/events/in"), additional_headers=headers)
            tries.append(1)

    with attacking(attack):
        assert_served(ours)
    assert len(tries) > 1


def test_frames_that_are_no_events_close_the_connection(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    with open_in(theirs) as bad:
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(20_000):
                bad.send("{")
            bad.recv(timeout=10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        assert "1000 frames" in closed.value.rcvd.reason
    assert_served(ours)
