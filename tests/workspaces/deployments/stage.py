"""Deployments made through the API, as the client makes them."""

from typing import Any

from tests.cast import Person
from tests.workspaces.runs import stage

DAILY = {"interval": 86400.0, "anchor_date": "2026-01-01T00:00:00Z", "timezone": "UTC"}


def call(person: Person, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
    answer = person.api.call(method, f"{person.workspace_api}/deployments/{path}", body)
    return answer.status_code, answer.json() if answer.content else None


def flow_id(person: Person, name: str = "etl") -> str:
    flow = person.workspace.flows.filter(name=name).first() or stage.flow(person.workspace, name)
    return str(flow.id)


def create(person: Person, name: str = "nightly", *, flow: str = "etl", **fields: Any) -> dict[str, Any]:
    """A new deployment of the flow."""
    status, body = call(person, "post", "", {"name": name, "flow_id": flow_id(person, flow), **fields})
    assert status == 201, body
    made: dict[str, Any] = body
    return made


def read(person: Person, deployment: dict[str, Any]) -> dict[str, Any]:
    status, body = call(person, "get", deployment["id"])
    assert status == 200
    now: dict[str, Any] = body
    return now
