"""Parse the frames that clients send to `/events/in`."""

from datetime import datetime
from uuid import UUID

import orjson

from core.json_depth import deeper_than
from core.rest.bodies import without_nul
from workspaces.events.models import Event
from workspaces.events.schemas import EVENT_BYTES
from workspaces.events.schemas import Event as EventShape

DEPTH = 100  # JSON columns and subscribers cannot take more
VALUES = 50_000  # 1.5 MB can have 700,000, which would block the process while they are parsed and written
_INDEXED_BYTES = 2_000


class InvalidFrame(ValueError):
    """The frame is not an event that can be stored. The message says why."""


def parse_event(workspace_id: UUID, frame: bytes, received: datetime) -> Event:
    """Return the event in a frame. Raises `InvalidFrame` if there is none, or if it exceeds a limit."""
    if len(frame) > EVENT_BYTES:
        raise InvalidFrame(f"it has {len(frame)} bytes")
    if _count_values(frame) > VALUES:
        raise InvalidFrame(f"it has more than {VALUES} values")
    try:
        data = orjson.loads(without_nul(frame))
        if deeper_than(DEPTH, data):
            raise InvalidFrame(f"it nests deeper than {DEPTH} levels")
        shape = EventShape.model_validate(data)
    except ValueError as error:  # invalid JSON, or not the shape of an event
        raise InvalidFrame(str(error).splitlines()[0]) from None
    return Event(
        id=shape.id,
        workspace_id=workspace_id,
        occurred=shape.occurred,
        received=received,
        event=shape.event,
        resource_id=_indexable(shape.resource["prefect.resource.id"]),
        resource=shape.resource,
        related=shape.related,
        payload=shape.payload,
        follows=shape.follows,
    )


def _count_values(frame: bytes) -> int:
    """Return about how many values the JSON has, without parsing it, since hostile JSON takes long to parse."""
    bare = frame.replace(b"\\\\", b"").replace(b'\\"', b"")
    if (strings := bare.count(b'"') // 2) > 2 * VALUES:  # keys and values
        return strings // 2
    structure = b"".join(bare.split(b'"')[::2])
    return structure.count(b",") + structure.count(b"[") + structure.count(b"{")


def _indexable(text: str) -> str:
    """Return as much of a resource's id as fits into an index row of PostgreSQL."""
    return text.encode()[:_INDEXED_BYTES].decode(errors="ignore")[:1024]
