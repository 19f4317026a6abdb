"""The websocket of an account's events against the running site: what arrives, for whom, and when it ends."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.prefect_client import PrefectClient
from tests.site import Site
from tests.workspaces.events.frames import hear, open_in, open_out, plain_event, say, times

SECONDS = 8


@pytest.fixture(scope="module")
def place(site: Site) -> dict[str, Any]:
    return site.bootstrap("stream-initech", "lab", email="owner@stream-initech.example", organization=True)


@pytest.fixture(scope="module")
def account(place: dict[str, Any]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {place['api_key']}"}
    with httpx.Client(base_url=of_account(place)["api_url"], headers=headers, trust_env=False, timeout=30) as http:
        yield http


def of_account(place: dict[str, Any]) -> dict[str, Any]:
    """The same caller at the account instead of the workspace."""
    return {**place, "api_url": place["api_url"].partition("/workspaces/")[0]}


def bot(account: httpx.Client, place: dict[str, Any], name: str, role: str) -> tuple[dict[str, Any], str]:
    """A service account with an account role, as a caller of the account, and its id."""
    (found,) = (one for one in account.post("/account_roles/filter").json() if one["name"] == role)
    made = account.post("/bots/", json={"name": name, "account_role_id": found["id"]}).json()
    return {**of_account(place), "api_key": made["api_key"]["key"]}, made["id"]


def events_until(socket: ClientConnection, name: str) -> list[dict[str, Any]]:
    """What arrives, up to the event with this name."""
    arrived: list[dict[str, Any]] = []
    deadline = time.monotonic() + SECONDS
    while not arrived or arrived[-1]["event"] != name:
        arrived.append(hear(socket, deadline - time.monotonic())["event"])
    return arrived


def test_audit_entries_and_events_arrive_within_seconds(account: httpx.Client, place: dict[str, Any]) -> None:
    account.post("/teams/", json={"name": "Before"})
    with open_out(of_account(place), occurred=times()) as socket, open_in(place) as into:
        replayed = events_until(socket, "prefect-cloud.team.created")
        assert replayed[-1]["resource"]["prefect.resource.name"] == "Before"
        answer = account.post("/teams/", json={"name": "Meanwhile"})
        (created,) = events_until(socket, "prefect-cloud.team.created")
        assert created["resource"]["prefect.resource.name"] == "Meanwhile"
        assert created["payload"]["request_id"] == answer.headers["X-Request-ID"]
        say(into, plain_event("test.of-workspace"))
        (happened,) = events_until(socket, "test.of-workspace")
        assert (happened["account"], happened["workspace"]) == (place["account_id"], place["workspace_id"])


def test_filter_applies(account: httpx.Client, place: dict[str, Any]) -> None:
    wanted: dict[str, Any] = {"event": {"prefix": ["prefect-cloud."]}, "scope": {"workspace": [place["workspace_id"]]}}
    with open_out(of_account(place), **wanted, occurred=times()) as socket, open_in(place) as into:
        say(into, plain_event("test.unwanted"))
        account.post("/teams/", json={"name": "Elsewhere"})
        account.post(f"/workspaces/{place['workspace_id']}/variables/", json={"name": "seen", "value": 1})
        arrived = {event["event"] for event in events_until(socket, "prefect-cloud.variable.created")}
    assert arrived.isdisjoint({"test.unwanted", "prefect-cloud.team.created"})


def test_who_may_not_read_the_audit_log_is_refused(site: Site, account: httpx.Client, place: dict[str, Any]) -> None:
    member, _ = bot(account, place, "member", "Member")
    stranger = site.bootstrap("stream-stranger", "lab")
    for caller, reason in ((member, "Forbidden"), ({**of_account(place), "api_key": stranger["api_key"]}, "Not Found")):
        with pytest.raises(ConnectionClosed) as closed, open_out(caller):
            pass
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, reason)


def test_lost_role_ends_the_stream(account: httpx.Client, place: dict[str, Any]) -> None:
    admin, bot_id = bot(account, place, "admin", "Admin")
    (member,) = (one for one in account.post("/account_roles/filter").json() if one["name"] == "Member")
    membership = account.get(f"/account_memberships/by-bot/{bot_id}").json()
    with open_out(admin, occurred=times()) as socket:
        events_until(socket, "prefect-cloud.service-account.created")
        answer = account.patch(f"/account_memberships/{membership['id']}", json={"account_role_id": member["id"]})
        assert answer.status_code == 204, answer.text
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(timeout=SECONDS)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "Access ended")


def test_too_large_filter_is_refused(place: dict[str, Any]) -> None:
    prefixes = [f"a{number}" for number in range(101)]
    with open_out(of_account(place), event={"prefix": prefixes}) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=SECONDS)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, "100 prefixes" in closed.value.rcvd.reason) == (1008, True)


@pytest.mark.client
def test_command_line_streams_the_account(
    site: Site,
    account: httpx.Client,
    place: dict[str, Any],
    prefect_client: Callable[..., PrefectClient],
) -> None:
    """`prefect events stream --account` shows an audit event that is made meanwhile."""
    with prefect_client(place).background("events", "stream", "--account") as printed:
        deadline = time.monotonic() + 30
        number, lines = 0, ""
        while "Streamed" not in lines and time.monotonic() < deadline:
            number += 1
            account.post("/teams/", json={"name": f"Streamed {number}"})
            time.sleep(0.5)
            lines = printed.read_text()
    events = [json.loads(line) for line in lines.splitlines() if line.startswith("{") and line.endswith("}")]
    streamed = [event for event in events if "Streamed" in event["resource"].get("prefect.resource.name", "")]
    assert streamed, lines
    assert streamed[0]["event"] == "prefect-cloud.team.created"
