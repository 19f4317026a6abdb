"""Schemas of saved searches."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field

from workspaces.filters.paging import Page
from workspaces.shapes import Body, Key, Request, Resource, Text, Time

_BODY_BYTES = 65_536  # a list answers with 200 saved searches at once
_MOST_FILTERS = 100


class SavedSearchFilter(Request):
    """One filter. The server stores it and does not interpret it."""

    object: Text
    property: Text
    type: Text
    operation: Text
    value: Any


Filters = Annotated[list[SavedSearchFilter], Field(fail_fast=True, max_length=_MOST_FILTERS)]


class SavedSearchCreate(Body):
    MOST_BYTES: ClassVar[int] = _BODY_BYTES

    name: Key
    filters: Filters = []


class SavedSearch(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: str
    filters: list[SavedSearchFilter]


class SavedSearchesFilter(Page):
    """Only `limit` and `offset`: saved searches have no filter."""
