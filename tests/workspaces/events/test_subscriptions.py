"""Subscriptions against the running site: what is refused, and that nobody else notices."""

import json
import time
import uuid
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.site import Site
from tests.workspaces.events.frames import hear, open_in, open_out, plain_event, say, times


@pytest.fixture(scope="module")
def ours(site: Site) -> dict[str, Any]:
    return site.bootstrap("subscription-owner", "lab")


@pytest.fixture(scope="module")
def theirs(site: Site) -> dict[str, Any]:
    return site.bootstrap("subscription-stranger", "lab")


def closed_with(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


def slowest_health(site: Site, calls: int = 20) -> float:
    slowest = 0.0
    with httpx.Client(base_url=site.api_url, trust_env=False, timeout=30) as http:
        for _ in range(calls):
            started = time.monotonic()
            assert http.get("/health").status_code == 200
            slowest = max(slowest, time.monotonic() - started)
    return slowest


PATTERNS = "A filter may hold at most 100 prefixes and patterns"
IDS = [str(uuid.UUID(int=1))] * 1_000
VALUES = "A filter may hold at most 2000 values"


@pytest.mark.parametrize(
    ("path", "chosen", "expected"),
    [
        ("/events/out", {"resource": {"labels": {"x": ["*a*"] * 33_000}}}, (1008, VALUES)),
        ("/events/out", {"event": {"prefix": ["a"] * 33_000}}, (1008, PATTERNS)),
        ("/events/out", {"resource": {"labels": {"x": ["*a*a*a*b"] * 101}}}, (1008, PATTERNS)),
        ("/logs/out", {"flow_run_id": {"any_": IDS, "not_any_": IDS}, "task_run_id": {"any_": IDS}}, (1008, VALUES)),
        (
            "/logs/out",
            {"flow_run_id": {"any_": [str(uuid.UUID(int=1))] * 45_000}},
            (1009, "A filter may have at most 262144 bytes"),
        ),
    ],
    ids=["patterns", "prefixes", "globs", "ids", "bytes"],
)
def test_filter_over_a_limit_is_refused_with_the_limit(
    path: str, chosen: dict[str, Any], expected: tuple[int, str], site: Site, theirs: dict[str, Any]
) -> None:
    with open_out(theirs, path, **chosen) as socket:
        slowest = slowest_health(site)
        assert closed_with(socket) == expected
    assert slowest < 2


def test_largest_filters_allowed_delay_nobody(site: Site, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Twenty subscriptions of the slowest kind, on events made for them: others are answered as ever."""
    labels = {str(number): "*" + "a?" * 100 + "b" for number in range(100)}
    event = plain_event(
        resource={
            "prefect.resource.id": "x",
            **{str(number): "a" * 1_900 + "b" * (number < 99) for number in range(100)},
        }
    )
    sockets = [open_out(theirs, occurred=times(), resource={"labels": labels}) for _ in range(20)]
    entered = [socket.__enter__() for socket in sockets]
    try:
        with open_out(ours, occurred=times()) as quiet, open_in(theirs) as noisy, open_in(ours) as into:
            for _ in range(20):
                noisy.send(json.dumps({**event, "id": str(uuid.uuid4())}))
            started = time.monotonic()
            say(into, wanted := plain_event("quiet.event"))
            while hear(quiet)["event"]["id"] != wanted["id"]:
                pass
            assert time.monotonic() - started < 5
            assert slowest_health(site) < 2
    finally:
        for socket in entered:
            socket.close()
