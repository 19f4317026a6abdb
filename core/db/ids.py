"""Ids are UUIDv7, which are ordered by time, so that inserts and newest-first pages stay local in the index."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a UUIDv7. The standard library makes them from Python 3.14 on; until then uuid_utils does."""
    return uuid7()


def first_id(moment: datetime) -> UUID:
    """Return the smallest UUIDv7 with this time."""
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | (0x7 << 76) | (0x2 << 62))


def parse_uuid(text: object) -> UUID | None:
    """Return the id in a text, or None if the text is not a valid id."""
    try:
        return UUID(str(text))
    except ValueError:
        return None
