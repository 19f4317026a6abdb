"""Flows: what the API takes and gives (orchestration.md 1.2)."""

from typing import Literal
from uuid import UUID

from workspaces.shapes import Body, Labels, Name, Resource, Tags, Time


class FlowCreate(Body):
    name: Name
    tags: Tags = []
    labels: Labels | None = {}


class FlowUpdate(Body):
    tags: Tags = []


class Flow(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: str
    tags: Tags
    labels: Labels | None


FlowSort = Literal["CREATED_DESC", "UPDATED_DESC", "NAME_ASC", "NAME_DESC"]
