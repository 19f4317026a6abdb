"""Calls of the events of an account, and events that happened."""

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.cast import Api, Organization, Person
from workspaces.events.models import Event
from workspaces.models import Workspace


def root(place: Organization | Person) -> str:
    return f"/api/accounts/{place.account.id}/events"


def found(api: Api, place: Organization | Person, limit: int = 200, **chosen: Any) -> dict[str, Any]:
    answer = api.post(f"{root(place)}/filter", {"filter": chosen, "limit": limit})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def names(api: Api, place: Organization | Person, **chosen: Any) -> list[str]:
    return [event["event"] for event in found(api, place, **chosen)["events"]]


def happen(workspace: Workspace, name: str, *, ago: float = 0, **more: Any) -> Event:
    now = timezone.now() - timedelta(seconds=ago)
    fields: dict[str, Any] = {
        "id": uuid.uuid4(), "occurred": now, "received": now, "resource_id": "test.thing",
        "resource": {"prefect.resource.id": "test.thing"}, "related": [], "payload": {},
    }  # fmt: skip
    return Event.objects.create(workspace=workspace, event=name, **(fields | more))
