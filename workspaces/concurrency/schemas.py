"""Schemas of leases of concurrency slots (docs/contract/orchestration.md, "Concurrency leases")."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from workspaces.shapes import Request, Resource, Values, Whole


class Holder(Resource):
    type: Literal["flow_run", "task_run", "deployment"]
    id: UUID


class AcquireWithLease(Request):
    slots: Annotated[Whole, Field(gt=0)]
    names: Values[str]
    mode: Literal["concurrency", "rate_limit"] = "concurrency"
    lease_duration: Annotated[float, Field(ge=60, le=86400)] = 300
    holder: Holder | None = None


class MinimalLimit(Resource):
    id: UUID
    name: str
    limit: int


class Lease(Resource):
    lease_id: UUID
    limits: list[MinimalLimit]
