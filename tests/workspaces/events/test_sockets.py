"""Websockets against the running site: who gets in, what arrives, and when the door closes."""

import contextlib
import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.site import Site
from tests.workspaces.events.frames import (
    AUTH,
    address,
    hear,
    open_in,
    open_out,
    plain_event,
    say,
    task_run_event,
    times,
)


@pytest.fixture(scope="module")
def ours(site: Site) -> dict[str, Any]:
    return site.bootstrap("socket-owner", "lab")


@pytest.fixture(scope="module")
def theirs(site: Site) -> dict[str, Any]:
    return site.bootstrap("socket-stranger", "secret")


def api(workspace: dict[str, Any]) -> httpx.Client:
    headers = {"Authorization": f"Bearer {workspace['api_key']}"}
    return httpx.Client(base_url=workspace["api_url"], headers=headers, trust_env=False, timeout=30)


def new_run(workspace: dict[str, Any], **more: Any) -> str:
    with api(workspace) as http:
        flow = http.post("/flows/", json={"name": "sockets"}).json()
        return str(http.post("/flow_runs/", json={"flow_id": flow["id"], **more}).json()["id"])


def eventually(look: Callable[[], Any], expected: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while (found := look()) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found == expected


def task_states(workspace: dict[str, Any], task_run_id: str) -> list[str]:
    with api(workspace) as http:
        states = http.get(f"/task_run_states/?task_run_id={task_run_id}").json()
    return [state["type"] for state in states]


@pytest.mark.parametrize("path", ["/events/in", "/events/out", "/logs/out"])
@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 401), ("garbage", 401), ("stranger", 404), ("missing workspace", 404)]
)
def test_upgrade_is_refused(path: str, who: str, status: int, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    keys = {"garbage": "pnu_garbage", "stranger": theirs["api_key"], "missing workspace": ours["api_key"]}
    headers = {"Authorization": f"Bearer {keys[who]}"} if who in keys else {}
    place = ours
    if who == "missing workspace":
        place = {**ours, "api_url": ours["api_url"].replace(ours["workspace_id"], str(uuid.uuid4()))}
    with pytest.raises(InvalidStatus) as refused:
        connect(address(place, path), additional_headers=headers)
    assert refused.value.response.status_code == status


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"type": "auth", "token": None}, "Auth required but no token provided"),
        ({"type": "auth", "token": "pnu_garbage"}, "Invalid token"),
        ({"type": "hello"}, "Expected 'auth' message"),
        (["auth"], "Expected 'auth' message"),
    ],
)
def test_auth_message_is_refused(message: Any, reason: str, ours: dict[str, Any]) -> None:
    with connect(address(ours, "/events/out"), subprotocols=["prefect"]) as socket:  # type: ignore[list-item]
        say(socket, message)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, reason)


def test_stranger_and_missing_workspace_are_told_the_same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    missing = {**ours, "api_url": ours["api_url"].replace(ours["workspace_id"], str(uuid.uuid4()))}
    told = []
    for place, key in [(ours, theirs["api_key"]), (missing, ours["api_key"])]:
        with connect(address(place, "/events/out"), subprotocols=["prefect"]) as socket:  # type: ignore[list-item]
            say(socket, {**AUTH, "token": key})
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=10)
            told.append((closed.value.rcvd and closed.value.rcvd.code, closed.value.rcvd and closed.value.rcvd.reason))
    assert told == [(1008, "Not Found"), (1008, "Not Found")]


def test_header_satisfies_a_null_token(ours: dict[str, Any]) -> None:
    """A client in server mode with the key in its custom headers or in the URL.

    See docs/contract/client-protocol.md, "Websocket authentication".
    """
    headers = {"Authorization": f"Bearer {ours['api_key']}"}
    with connect(
        address(ours, "/events/in"),
        subprotocols=["prefect"],  # type: ignore[list-item]
        additional_headers=headers,
    ) as socket:
        assert socket.subprotocol == "prefect"
        say(socket, {**AUTH, "token": None})
        assert hear(socket) == {"type": "auth_success"}


def test_task_run_is_recorded_once_whatever_the_order(ours: dict[str, Any]) -> None:
    run, task, now = new_run(ours), str(uuid.uuid4()), datetime.now(UTC)
    events = [
        task_run_event(task, run, kind, at=now + timedelta(seconds=second))
        for second, kind in enumerate(["PENDING", "RUNNING", "COMPLETED"])
    ]
    with open_in(ours) as socket:
        for event in [events[2], events[0], events[1], *events]:
            say(socket, event)
        eventually(lambda: task_states(ours, task), ["PENDING", "RUNNING", "COMPLETED"])
    with api(ours) as http:
        read = http.get(f"/task_runs/{task}").json()
    assert (read["state_type"], read["state"]["id"], read["flow_run_id"]) == ("COMPLETED", events[2]["id"], run)
    assert (read["name"], read["run_count"], read["total_run_time"]) == ("job-1", 1, 1.5)


def test_absent_fields_leave_what_is_stored(ours: dict[str, Any]) -> None:
    run, task, now = new_run(ours), str(uuid.uuid4()), datetime.now(UTC)
    with open_in(ours) as socket:
        say(socket, task_run_event(task, run, "PENDING", at=now, tags=["kept"], task_version="v1"))
        say(socket, task_run_event(task, run, "RUNNING", at=now + timedelta(seconds=1)))
        eventually(lambda: task_states(ours, task), ["PENDING", "RUNNING"])
    with api(ours) as http:
        read = http.get(f"/task_runs/{task}").json()
    assert (read["tags"], read["task_version"], read["state_type"]) == (["kept"], "v1", "RUNNING")


def test_garbage_is_passed_over_and_nothing_is_lost(ours: dict[str, Any]) -> None:
    run, task = new_run(ours), str(uuid.uuid4())
    with open_in(ours) as socket:
        frames: list[str | bytes] = [
            "",
            "{",
            "[]",
            "null",
            '"text"',
            '{"id": 1}',
            b"\xff\xfe\x00",
            '{"id":"' + str(uuid.uuid4()) + '","occurred":"never","event":"x","resource":{}}',
        ]
        for frame in frames:
            socket.send(frame)
        say(socket, plain_event(payload={"nul": "a\x00b"}))
        say(socket, plain_event(payload={"literal": "a\\u0000b", "nul": "\x00"}))
        say(socket, plain_event(payload={"big": "x" * 1_600_000}))
        say(socket, plain_event("e" * 2000))
        say(socket, task_run_event("no-uuid", run, "RUNNING"))
        say(socket, task_run_event(task, run, "RUNNING", tags=5))
        say(socket, task_run_event(task, run, "COMPLETED"))
        eventually(lambda: task_states(ours, task), ["COMPLETED"])
    with open_in(ours) as socket:
        socket.ping().wait(5)


@pytest.mark.parametrize(
    "poison",
    [
        {"total_run_time": 1e300},
        {"total_run_time": -1},
        {"run_count": 2**63},
        {"task_key": "字" * 3000},
        {"dynamic_key": "x" * 100_000},
        {"start_time": "0001-01-01T00:00:00+05:00"},
        {"name": None, "tags": [None]},
    ],
    ids=str,
)
def test_one_tenants_poison_holds_up_nobody(poison: Any, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    run, task, own = new_run(ours), str(uuid.uuid4()), str(uuid.uuid4())
    with open_in(theirs) as bad, open_in(ours) as good:
        say(bad, task_run_event(str(uuid.uuid4()), None, "RUNNING", **poison))
        say(good, task_run_event(task, run, "COMPLETED"))
        say(bad, task_run_event(own, None, "COMPLETED"))
        eventually(lambda: (task_states(ours, task), task_states(theirs, own)), (["COMPLETED"], ["COMPLETED"]), 5)


def test_deep_and_long_events_hold_up_nobody(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    task = str(uuid.uuid4())
    listening: dict[str, Any] = {"occurred": times(), "text": {"query": "bottom"}}
    with open_out(theirs, **listening), open_out(ours, occurred=times()) as out, open_in(theirs) as bad:
        for levels in (90, 400, 1000, 100_000):
            deep = '{"x": ' + "[" * levels + '"bottom"' + "]" * levels + "}"
            bad.send(json.dumps(plain_event()).replace('"payload": {}', f'"payload": {deep}'))
        say(bad, plain_event(resource={"prefect.resource.id": "字" * 1000}))
        say(bad, plain_event(resource={"prefect.resource.id": "x" * 5000}))
        with open_in(ours) as good:
            say(good, task_run_event(task, None, "COMPLETED"))
            while hear(out, 5)["event"]["resource"]["prefect.resource.id"] != f"prefect.task-run.{task}":
                pass
    assert task_states(ours, task) == ["COMPLETED"]


def test_task_run_of_another_workspace_is_not_touched(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    run, task, now = new_run(ours), str(uuid.uuid4()), datetime.now(UTC)
    with open_in(ours) as socket:
        say(socket, task_run_event(task, run, "RUNNING", at=now))
        eventually(lambda: task_states(ours, task), ["RUNNING"])
    marker = str(uuid.uuid4())
    with open_in(theirs) as socket:
        say(socket, task_run_event(task, run, "CRASHED", at=now + timedelta(seconds=5)))
        say(socket, task_run_event(task, None, "CRASHED", at=now + timedelta(seconds=6)))
        say(socket, task_run_event(marker, None, "COMPLETED"))
        eventually(lambda: task_states(theirs, marker), ["COMPLETED"])
    assert task_states(ours, task) == ["RUNNING"]
    assert task_states(theirs, task) == []


def test_subscriber_gets_what_was_and_what_comes(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    before = new_run(ours, name="before")
    chosen: dict[str, Any] = {"event": {"prefix": ["prefect.flow-run"]}, "occurred": times()}
    with open_out(ours, **chosen) as socket, open_out(theirs, **chosen) as other:
        seen = {}
        while f"prefect.flow-run.{before}" not in seen:
            event = hear(socket)["event"]
            seen[event["resource"]["prefect.resource.id"]] = event
        after = new_run(ours, name="after", state={"type": "SCHEDULED"})
        while f"prefect.flow-run.{after}" not in seen:
            event = hear(socket)["event"]
            seen[event["resource"]["prefect.resource.id"]] = event
        own = new_run(theirs)
        heard = hear(other)["event"]["resource"]["prefect.resource.id"]
        while heard != f"prefect.flow-run.{own}":
            assert heard not in seen
            heard = hear(other)["event"]["resource"]["prefect.resource.id"]
    event = seen[f"prefect.flow-run.{after}"]
    with api(ours) as http:
        read = http.get(f"/flow_runs/{after}").json()
    assert (event["id"], event["event"]) == (read["state_id"], "prefect.flow-run.Scheduled")
    assert event["occurred"] == read["state"]["timestamp"]
    assert event["resource"]["prefect.state-type"] == "SCHEDULED"
    assert event["payload"]["intended"] == {"from": None, "to": "SCHEDULED"}


def test_event_of_a_client_is_rebroadcast_with_its_id(ours: dict[str, Any]) -> None:
    task = str(uuid.uuid4())
    event = task_run_event(task, None, "COMPLETED")
    chosen: dict[str, Any] = {"resource": {"id": [f"prefect.task-run.{task}"]}, "occurred": times()}
    with open_out(ours, **chosen) as out, open_in(ours) as into:
        say(into, event)
        heard = hear(out)["event"]
    assert (heard["id"], heard["payload"]) == (event["id"], event["payload"])
    assert datetime.fromisoformat(heard["occurred"]) == datetime.fromisoformat(event["occurred"])


@pytest.mark.parametrize("message", ["{", '{"type":"other"}', '{"type":"filter","filter":{"nonsense":1}}'])
def test_bad_filter_closes_as_a_protocol_error(message: str, ours: dict[str, Any]) -> None:
    with connect(address(ours, "/events/out"), subprotocols=["prefect"]) as socket:  # type: ignore[list-item]
        say(socket, {**AUTH, "token": ours["api_key"]})
        hear(socket)
        socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1002


def test_log_lines_are_pushed_to_those_who_asked(ours: dict[str, Any]) -> None:
    run = new_run(ours)
    line = {"name": "test", "level": 20, "message": "pushed", "timestamp": "2026-01-01T00:00:00Z"}
    with open_out(ours, "/logs/out", flow_run_id={"any_": [run]}, level={"ge_": 20}) as socket, api(ours) as http:
        time.sleep(0.5)  # the subscription is not acknowledged
        other = {**line, "flow_run_id": str(uuid.uuid4()), "message": "of another run"}
        quiet = {**line, "flow_run_id": run, "level": 10, "message": "too quiet"}
        assert http.post("/logs/", json=[other, quiet, {**line, "flow_run_id": run}]).status_code == 201
        heard = hear(socket)
    assert (heard["type"], heard["log"]["message"], heard["log"]["flow_run_id"]) == ("log", "pushed", run)


def test_subscribers_that_arrive_together_are_all_served(site: Site) -> None:
    """The second arrives while the first's process still connects to whatever carries the messages."""
    places = [site.bootstrap(f"socket-{number}", "lab") for number in range(3)]
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(open_out(place, "/logs/out")) for place in places]
        time.sleep(1)
        for place, socket in zip(places, sockets, strict=True):
            line = {"name": "n", "level": 20, "message": place["handle"], "timestamp": "2026-01-01T00:00:00Z"}
            with api(place) as http:
                assert http.post("/logs/", json=[line]).status_code == 201
            assert hear(socket)["log"]["message"] == place["handle"]


def test_revoked_key_is_shut_out_within_a_second(site: Site, ours: dict[str, Any]) -> None:
    base = {"base_url": site.api_url, "trust_env": False}
    owner = httpx.Client(headers={"Authorization": f"Bearer {ours['api_key']}"}, **base)  # type: ignore[arg-type]
    me = owner.get("/me/").json()["id"]
    made = owner.post(f"/users/{me}/api_keys", json={"name": "short-lived"}).json()
    holder = {**ours, "api_key": made["key"]}
    with open_out(holder, occurred=times()) as out, open_in(holder) as into:
        with api(holder) as http:
            assert http.get("/health").status_code == 200
        assert owner.delete(f"/users/{me}/api_keys/{made['id']}").status_code == 204
        with api(holder) as http:
            assert http.get("/health").status_code == 401
        started = time.monotonic()
        for socket in (out, into):
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    socket.recv(timeout=5)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008
        assert time.monotonic() - started < 1.5
    with pytest.raises(InvalidStatus) as refused, open_in(holder):
        pass
    assert refused.value.response.status_code == 401
