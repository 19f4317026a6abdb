"""Schemas of polls and of concurrency status (docs/contract/work-pools.md, "Polling")."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, create_model

from workspaces.filters.flow_runs import FlowRunFilter
from workspaces.filters.paging import Numbered, Paged
from workspaces.runs.schemas import FlowRun
from workspaces.shapes import Filter, Request, Resource, Seconds, StateType, Text, Time, Values


class QueuePoll(Request):
    scheduled_before: Time | None = None
    limit: int | None = None


class PoolPoll(QueuePoll):
    work_queue_names: Values[Text] | None = None
    scheduled_after: Time | None = None


class DeploymentPoll(QueuePoll):
    deployment_ids: Values[UUID]


# The contract's run of a poll is an older one, which does not name its pool.
_FIELDS = {
    name: (field.annotation, field)
    for name, field in FlowRun.model_fields.items()
    if name not in ("work_pool_id", "work_pool_name")
}
PolledFlowRun: Any = create_model("PolledFlowRun", __base__=Resource, **_FIELDS)  # type: ignore[call-overload]  # names


class PoolRunCounts(Filter):
    work_pool_ids: Annotated[list[UUID], Field(fail_fast=True, max_length=200)]
    flow_runs: FlowRunFilter | None = None


class WorkerFlowRun(Resource):
    work_pool_id: UUID
    work_queue_id: UUID
    flow_run: PolledFlowRun


class SlotRun(Resource):
    """A run that takes a slot."""

    id: UUID
    name: str
    state_type: StateType | None
    state_name: str | None
    start_time: Time | None
    state_timestamp: Time | None
    time_in_current_state: float | None


class QueueSlots(Paged):
    active_slots: int
    concurrency_limit: int | None
    flow_runs: list[SlotRun]


class QueueInPool(Resource):
    queue_id: UUID
    queue_name: str
    active_slots: int
    concurrency_limit: int | None
    flow_runs: list[SlotRun]
    flow_run_count: int


class PoolSlots(Paged):
    active_slots: int
    concurrency_limit: int | None
    queues: list[QueueInPool]


class PoolSlotsRequest(Numbered):
    flow_run_limit: Annotated[int, Field(ge=0, le=200)] = 10


class ScheduleDeployment(Request):
    start_time: Time | None = None
    end_time: Time | None = None
    min_time: Seconds | None = None
    min_runs: Annotated[int, Field(ge=0, le=1_000)] | None = None
    max_runs: Annotated[int, Field(ge=0, le=1_000)] | None = None


class LateReason(Resource):
    code: str
    message: str
    object_type: str | None
    object_id: UUID | None
    object_name: str | None
    since: datetime | None
    flow_run_ids: list[UUID]


class WhyLate(Resource):
    flow_run_id: UUID
    state_name: str | None
    reasons: list[LateReason]
