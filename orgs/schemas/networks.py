"""Schemas of the IP allowlist (docs/contract/cloud-api.md, "IP allowlist")."""

from typing import Annotated

from pydantic import BaseModel, Field

from core.rest.shapes import Many, Text


class EntryGiven(BaseModel):
    """An entry of the new list. `last_seen` is ignored; clients send it because they send entries back as read."""

    ip_network: Annotated[Text, Field(max_length=200)]
    enabled: bool
    description: Annotated[Text, Field(max_length=5000)] | None = None
    last_seen: Text | None = None


class AllowlistGiven(BaseModel):
    entries: Many[EntryGiven]


class Entry(BaseModel):
    ip_network: str
    enabled: bool
    description: str | None
    # When the account was last used from this network while the list was enforced, to the minute.
    last_seen: str | None


class Allowlist(BaseModel):
    entries: list[Entry]


class MyAccess(BaseModel):
    allowed: bool
    detail: str
