"""Who is shut out of a workspace loses the open websockets, too: by a grant taken back, and by a role that shrinks."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.site import Site
from tests.workspaces.events.frames import open_in, open_out, times

SECONDS = 5
_numbers = count(1)


@pytest.fixture(scope="module")
def place(site: Site) -> dict[str, Any]:
    return site.bootstrap("socket-initech", "lab", email="owner@socket-initech.example", organization=True)


@pytest.fixture(scope="module")
def account(place: dict[str, Any]) -> Iterator[httpx.Client]:
    """The API of the organization, as its owner calls it."""
    headers = {"Authorization": f"Bearer {place['api_key']}"}
    base = place["api_url"].partition("/workspaces/")[0]
    with httpx.Client(base_url=base, headers=headers, trust_env=False, timeout=30) as http:
        yield http


@pytest.fixture
def role(account: httpx.Client) -> dict[str, Any]:
    body = {"name": f"Machine {next(_numbers)}", "scopes": ["see_events", "see_flows", "run_flows"]}
    return made(account.post("/workspace_roles/", json=body))


def made(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.text
    body = answer.json()
    return dict(body[0] if isinstance(body, list) else body)


def machine(account: httpx.Client, place: dict[str, Any], role: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A service account with this role in the workspace, and the path of its access."""
    bot = made(account.post("/bots/", json={"name": f"machine {next(_numbers)}"}))
    workspace = f"/workspaces/{place['workspace_id']}"
    item = {"bot_id": bot["id"], "workspace_role_id": role["id"]}
    access = made(account.post(f"{workspace}/bot_access/", json=[item]))
    return {**place, "api_key": bot["api_key"]["key"]}, f"{workspace}/bot_access/{access['id']}"


def flows(holder: dict[str, Any]) -> int:
    """What the next call is told."""
    headers = {"Authorization": f"Bearer {holder['api_key']}"}
    with httpx.Client(headers=headers, trust_env=False, timeout=30) as http:
        return http.post(f"{holder['api_url']}/flows/filter", json={}).status_code


def assert_closed(socket: ClientConnection, since: float) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            socket.recv(timeout=SECONDS)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "Access ended")
    assert time.monotonic() - since < SECONDS


def test_removed_grant_ends_the_next_call_and_the_open_sockets(
    account: httpx.Client, place: dict[str, Any], role: dict[str, Any]
) -> None:
    holder, access = machine(account, place, role)
    other, _ = machine(account, place, role)
    assert flows(holder) == 200
    with (
        open_out(holder, occurred=times()) as events,
        open_out(holder, "/logs/out") as logs,
        open_in(holder) as into,
        open_in(other) as kept,
    ):
        assert account.delete(access).status_code == 204
        since = time.monotonic()
        assert flows(holder) == 404
        for socket in (events, logs, into):
            assert_closed(socket, since)
        kept.ping().wait(SECONDS)
        assert flows(other) == 200


def test_role_that_loses_the_scope_closes_the_sockets_that_needed_it(
    account: httpx.Client, place: dict[str, Any], role: dict[str, Any]
) -> None:
    holder, _ = machine(account, place, role)
    with open_in(holder) as into, open_out(holder, occurred=times()) as events, open_out(holder, "/logs/out") as logs:
        fewer = {"scopes": ["see_events", "see_flows"]}
        assert account.patch(f"/workspace_roles/{role['id']}", json=fewer).status_code == 204
        assert_closed(into, time.monotonic())
        logs.ping().wait(SECONDS)
        assert flows(holder) == 200
        assert account.patch(f"/workspace_roles/{role['id']}", json={"scopes": ["see_variables"]}).status_code == 204
        since = time.monotonic()
        assert flows(holder) == 403
        for socket in (events, logs):
            assert_closed(socket, since)
