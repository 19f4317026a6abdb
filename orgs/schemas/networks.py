"""The IP allowlist: what the account API takes and gives (cloud-api.md 2.13, 8.1)."""

from typing import Annotated

from pydantic import BaseModel, Field

from accounts.rest.shapes import Many, Text


class EntryGiven(BaseModel):
    """Clients send back what they got, `last_seen` included, which counts for nothing."""

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
    # When somebody last came from there while the list was enforced, give or take a minute. Clients show it as it is.
    last_seen: str | None


class Allowlist(BaseModel):
    entries: list[Entry]


class MyAccess(BaseModel):
    allowed: bool
    detail: str
