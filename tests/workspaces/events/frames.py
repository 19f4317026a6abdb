"""Frames as clients send them, and sockets as clients open them."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from websockets.sync.client import ClientConnection, connect

AUTH = {"type": "auth"}


def address(workspace: dict[str, Any], path: str) -> str:
    return str(workspace["api_url"]).replace("http://", "ws://") + path


@contextmanager
def open_in(workspace: dict[str, Any], *, close_timeout: float = 10) -> Iterator[ClientConnection]:
    """`/events/in` as in Cloud mode: the key in a header, no subprotocol."""
    headers = {"Authorization": f"bearer {workspace['api_key']}"}
    with connect(address(workspace, "/events/in"), additional_headers=headers, close_timeout=close_timeout) as socket:
        yield socket


@contextmanager
def open_out(workspace: dict[str, Any], path: str = "/events/out", **chosen: Any) -> Iterator[ClientConnection]:
    """A subscription: subprotocol, auth message, filter."""
    with connect(address(workspace, path), subprotocols=["prefect"]) as socket:  # type: ignore[list-item]
        say(socket, {**AUTH, "token": workspace["api_key"]})
        assert hear(socket) == {"type": "auth_success"}
        say(socket, {"type": "filter", "filter": chosen})
        yield socket


def say(socket: ClientConnection, data: Any) -> None:
    socket.send(json.dumps(data))


def hear(socket: ClientConnection, timeout: float = 10) -> Any:
    return json.loads(socket.recv(timeout=timeout))


def times(since: timedelta = timedelta(minutes=-1)) -> dict[str, str]:
    now = datetime.now(UTC)
    return {"since": (now + since).isoformat(), "until": (now + timedelta(days=365)).isoformat()}


def plain_event(name: str = "test.happened", **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": name,
        "resource": {"prefect.resource.id": "test.thing.1"},
        "related": [],
        "payload": {},
        **more,
    }


def task_run_event(
    task_run_id: str, flow_run_id: str | None, kind: str, *, at: datetime | None = None, **task_run: Any
) -> dict[str, Any]:
    stamp = (at or datetime.now(UTC)).isoformat()
    related = []
    if flow_run_id is not None:
        related = [{"prefect.resource.id": f"prefect.flow-run.{flow_run_id}", "prefect.resource.role": "flow-run"}]
    return plain_event(
        f"prefect.task-run.{kind.title()}",
        occurred=stamp,
        resource={
            "prefect.resource.id": f"prefect.task-run.{task_run_id}",
            "prefect.state-type": kind,
            "prefect.orchestration": "client",
        },
        related=related,
        payload={
            "validated_state": {"type": kind, "name": kind.title(), "message": "", "state_details": {}, "data": None},
            "task_run": {
                "task_key": "job",
                "dynamic_key": task_run_id,
                "name": "job-1",
                "run_count": 1,
                "total_run_time": 1.5,
                **task_run,
            },
        },
    )
