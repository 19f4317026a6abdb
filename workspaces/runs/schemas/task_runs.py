"""Task runs (docs/contract/runs.md, "Task runs")."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from workspaces.runs.schemas.states import State, StateCreate
from workspaces.shapes import (
    Body,
    HalfKey,
    Labels,
    Many,
    Resource,
    RunName,
    Seconds,
    StateType,
    Tags,
    Text,
    Time,
    Whole,
)


class TaskRunPolicy(Resource):
    max_retries: Whole = 0
    retry_delay_seconds: Seconds = 0
    retries: Whole | None = None
    retry_delay: Whole | Seconds | Annotated[Many[Whole | Seconds], Field(max_length=50)] | None = None
    retry_jitter_factor: Annotated[Seconds, Field(ge=0)] | None = None


class TaskRunCreate(Body):
    id: UUID | None = None  # ignored
    state: StateCreate | None = None
    name: RunName | None = ""
    flow_run_id: UUID | None = None
    task_key: HalfKey
    dynamic_key: HalfKey
    cache_key: Text | None = None
    cache_expiration: Time | None = None
    task_version: Text | None = None
    empirical_policy: TaskRunPolicy = TaskRunPolicy()
    tags: Tags = []
    labels: Labels | None = {}
    task_inputs: dict[str, Many[dict[str, Any]]] = {}


class TaskRunUpdate(Body):
    name: RunName | None = None


class TaskRun(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: str
    flow_run_id: UUID | None
    task_key: str
    dynamic_key: str
    cache_key: str | None
    cache_expiration: Time | None
    task_version: str | None
    empirical_policy: TaskRunPolicy
    tags: Tags
    labels: Labels | None
    state_id: UUID | None
    task_inputs: dict[str, list[dict[str, Any]]]
    state_type: StateType | None
    state_name: str | None
    run_count: int
    flow_run_run_count: int
    expected_start_time: Time | None
    next_scheduled_start_time: Time | None
    start_time: Time | None
    end_time: Time | None
    total_run_time: float
    estimated_run_time: float
    estimated_start_time_delta: float
    state: State | None
