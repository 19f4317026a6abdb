"""Shapes of the events that clients send and subscribers receive (docs/contract/events.md, "Shape")."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from workspaces.shapes import Time

LABELS, RELATED, EVENT_BYTES = 500, 100, 1_500_000


def _has_id(labels: dict[str, str]) -> dict[str, str]:
    if not labels.get("prefect.resource.id"):
        raise ValueError("A resource needs the label prefect.resource.id")
    return labels


def _has_role(labels: dict[str, str]) -> dict[str, str]:
    if not labels.get("prefect.resource.role"):
        raise ValueError("A related resource needs the label prefect.resource.role")
    return _has_id(labels)


ResourceLabels = Annotated[dict[str, str], Field(max_length=LABELS), AfterValidator(_has_id)]
RelatedLabels = Annotated[dict[str, str], Field(max_length=LABELS), AfterValidator(_has_role)]


class Event(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: UUID
    occurred: Time
    event: Annotated[str, Field(max_length=1024)]
    resource: ResourceLabels
    related: Annotated[list[RelatedLabels], Field(max_length=RELATED)] = []
    payload: dict[str, Any] = {}
    follows: UUID | None = None


class ReceivedEvent(Event):
    received: Time
