"""The shape of event filters (docs/contract/events.md, "Filter"). `matching.py` applies them."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field

from core.rest.filters import Part
from workspaces.shapes import Time

LabelSpec = dict[str, str | list[str]]


class Occurred(Part):
    since: Time = Field(default_factory=lambda: datetime.now(UTC) - timedelta(days=180))
    until: Time = Field(default_factory=lambda: datetime.now(UTC))


class EventName(Part):
    prefix: list[str] | None = None
    exclude_prefix: list[str] | None = None
    name: list[str] | None = None
    exclude_name: list[str] | None = None


class AnyResource(Part):
    id: list[str] | None = None
    id_prefix: list[str] | None = None
    labels: LabelSpec | None = None


class PrimaryResource(AnyResource):
    distinct: bool = False


class RelatedResource(AnyResource):
    role: list[str] | None = None
    resources_in_roles: list[tuple[str, str]] | None = None


class EventId(Part):
    id: list[UUID] | None = None


class EventText(Part):
    query: str = Field(max_length=200)


class EventFilter(Part):
    occurred: Occurred = Field(default_factory=Occurred)
    event: EventName | None = None
    resource: PrimaryResource | None = None
    related: RelatedResource | list[RelatedResource] | None = None
    any_resource: AnyResource | list[AnyResource] | None = None
    id: EventId | None = None
    text: EventText | None = None
    order: Literal["ASC", "DESC"] = "DESC"
