"""Ids are UUIDv7: ordered by time, so inserts and newest-first pages stay local in the index."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    return uuid7()
