"""Schemas of flows (docs/contract/runs.md, "Flows")."""

from typing import ClassVar, Literal
from uuid import UUID

from workspaces.filters.paging import Numbered, Page, Paged
from workspaces.filters.related import RelatedFilters
from workspaces.shapes import Body, Labels, Name, Resource, Tags, Time

_BODY_BYTES = 131_072  # bounds tags and labels, since a list answers with 200 flows at once


class FlowCreate(Body):
    MOST_BYTES: ClassVar[int] = _BODY_BYTES

    name: Name
    tags: Tags = []
    labels: Labels | None = {}


class FlowUpdate(Body):
    MOST_BYTES: ClassVar[int] = _BODY_BYTES

    tags: Tags = []


class Flow(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: str
    tags: Tags
    labels: Labels | None


FlowSort = Literal["CREATED_DESC", "UPDATED_DESC", "NAME_ASC", "NAME_DESC"]


class FlowsFilter(RelatedFilters, Page):
    sort: FlowSort | None = None


class FlowsPaginate(RelatedFilters, Numbered):
    sort: FlowSort | None = None


class FlowPage(Paged):
    results: list[Flow]
