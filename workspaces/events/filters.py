"""The event filter, held against one event in memory (orchestration.md 7.5)."""

import re
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from accounts.rest.answers import json_bytes
from workspaces.shapes import Part, Time

Labels = dict[str, str]
LabelSpec = dict[str, str | list[str]]


class Occurred(Part):
    since: Time = Field(default_factory=lambda: datetime.now(UTC) - timedelta(days=180))
    until: Time = Field(default_factory=lambda: datetime.now(UTC))


class EventName(Part):
    prefix: list[str] | None = None
    exclude_prefix: list[str] | None = None
    name: list[str] | None = None
    exclude_name: list[str] | None = None

    def admits(self, event: str) -> bool:
        if self.prefix and not event.startswith(tuple(self.prefix)):
            return False
        if self.exclude_prefix and event.startswith(tuple(self.exclude_prefix)):
            return False
        if self.name and event not in self.name:
            return False
        return not (self.exclude_name and event in self.exclude_name)


class AnyResource(Part):
    id: list[str] | None = None
    id_prefix: list[str] | None = None
    labels: LabelSpec | None = None

    def admits(self, resource: Labels) -> bool:
        resource_id = resource["prefect.resource.id"]
        if self.id and resource_id not in self.id:
            return False
        if self.id_prefix and not resource_id.startswith(tuple(self.id_prefix)):
            return False
        return self.labels is None or all(_label(resource, name, wanted) for name, wanted in self.labels.items())


class PrimaryResource(AnyResource):
    distinct: bool = False


class RelatedResource(AnyResource):
    role: list[str] | None = None
    resources_in_roles: list[tuple[str, str]] | None = None

    def admits(self, resource: Labels) -> bool:
        role = resource["prefect.resource.role"]
        if self.role and role not in self.role:
            return False
        if self.resources_in_roles and (resource["prefect.resource.id"], role) not in self.resources_in_roles:
            return False
        return super().admits(resource)


class EventId(Part):
    id: list[UUID] | None = None


class EventText(Part):
    query: str = Field(max_length=200)

    def admits(self, event: dict[str, Any]) -> bool:
        return matches_text(self.query, f"{event['event']} {json_bytes(event).decode()}")


class EventFilter(Part):
    occurred: Occurred = Field(default_factory=Occurred)
    event: EventName | None = None
    resource: PrimaryResource | None = None
    related: RelatedResource | list[RelatedResource] | None = None
    any_resource: AnyResource | list[AnyResource] | None = None
    id: EventId | None = None
    text: EventText | None = None
    order: Literal["ASC", "DESC"] = "DESC"

    def admits(self, event: dict[str, Any]) -> bool:
        """Whether `event`, as `wire_event` gives it, is asked for. Times are left to the caller."""
        resource, related = event["resource"], event["related"]
        if self.event and not self.event.admits(event["event"]):
            return False
        if self.id and self.id.id and event["id"] not in self.id.id:
            return False
        if self.resource and not self.resource.admits(resource):
            return False
        if not all(any(one.admits(labels) for labels in related) for one in _listed(self.related)):
            return False
        everything = [resource, *related]
        if not all(any(one.admits(labels) for labels in everything) for one in _listed(self.any_resource)):
            return False
        return self.text is None or self.text.admits(event)


def terms(query: str) -> tuple[list[str], list[str], list[str]]:
    """The words of a search that must stand there, those that must not, and those of which one is enough.

    The grammar of logs and events: words are OR, `-word` and `!word` exclude, `+word` is required, `"a b"` is a phrase.
    """
    required: list[str] = []
    excluded: list[str] = []
    optional: list[str] = []
    for sign, phrase, word in re.findall(r'([-!+]?)(?:"((?:\\.|[^"\\])*)"|(\S+))', query.lower()):
        term = phrase.replace('\\"', '"') or word
        (required if sign == "+" else excluded if sign else optional).append(term)
    return required, excluded, optional


def matches_text(query: str, text: str) -> bool:
    text = text.lower()
    required, excluded, optional = terms(query)
    return (
        all(term in text for term in required)
        and not any(term in text for term in excluded)
        and (not optional or any(term in text for term in optional))
    )


def _listed(parts: Any) -> list[Any]:
    return [] if parts is None else parts if isinstance(parts, list) else [parts]


def _label(resource: Labels, name: str, wanted: str | list[str]) -> bool:
    """Any wanted value is enough; `!` in front negates one; a missing label never matches."""
    if name not in resource:
        return False
    value = resource[name]
    return any(
        not fnmatchcase(value, one[1:]) if one.startswith("!") else fnmatchcase(value, one)
        for one in ([wanted] if isinstance(wanted, str) else wanted)
    )
