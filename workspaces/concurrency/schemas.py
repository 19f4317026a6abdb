"""Schemas of concurrency limits, slots and leases (docs/contract/concurrency.md, "Slots")."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from workspaces.filters.paging import Page
from workspaces.shapes import Body, Key, Name, Request, Resource, Text, Values, Whole

Slots = Annotated[Whole, Field(ge=0)]
Decay = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class LimitCreate(Body):
    name: Name
    limit: Slots
    active: bool = True
    active_slots: Slots = 0
    denied_slots: Slots = 0
    slot_decay_per_second: Decay = 0


class LimitUpdate(Body):
    name: Name | None = None
    limit: Slots | None = None
    active: bool | None = None
    active_slots: Slots | None = None
    denied_slots: Slots | None = None
    slot_decay_per_second: Decay | None = None


class Limit(Resource):
    id: UUID
    created: datetime
    updated: datetime
    active: bool
    name: str
    limit: int
    active_slots: int
    slot_decay_per_second: float


class NewLimit(Limit):
    denied_slots: int
    avg_slot_occupancy_seconds: float


class MinimalLimit(Resource):
    id: UUID
    name: str
    limit: int


class LimitsFilter(Page):
    pass


class Holder(Resource):
    type: Literal["flow_run", "task_run", "deployment"]
    id: UUID


class Acquire(Request):
    slots: Annotated[Whole, Field(gt=0)]
    names: Annotated[Values[Text], Field(min_length=1)]
    mode: Literal["concurrency", "rate_limit"] = "concurrency"


class AcquireByNumber(Acquire):
    create_if_missing: bool | None = None  # of older clients; limits are not created


class AcquireWithLease(Acquire):
    lease_duration: Annotated[float, Field(ge=60, le=86400)] = 300
    holder: Holder | None = None


class Release(Request):
    slots: Annotated[Whole, Field(gt=0)]
    names: Annotated[Values[Text], Field(min_length=1)]
    occupancy_seconds: Annotated[float, Field(gt=0, le=2**31)] | None = None
    create_if_missing: bool | None = None


class ReleaseLease(Request):
    lease_id: UUID


class RenewLease(Request):
    lease_duration: Annotated[float, Field(ge=60, le=86400)] = 300


class Lease(Resource):
    lease_id: UUID
    limits: list[MinimalLimit]


class TagLimitCreate(Body):
    tag: Key
    concurrency_limit: Slots


class TagLimit(Resource):
    id: UUID
    created: datetime
    updated: datetime
    tag: str
    concurrency_limit: int
    active_slots: list[UUID]


class TagSlots(Request):
    names: Values[Text]
    task_run_id: UUID


class ResetTagLimit(Request):
    slot_override: Values[UUID] | None = None
