"""Runs and states: what the API takes and gives (orchestration.md 1.3 to 1.6, 2.2)."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from workspaces.shapes import (
    Body,
    Count,
    HalfKey,
    Key,
    Labels,
    Many,
    NameOrEmpty,
    Request,
    Resource,
    Seconds,
    Tags,
    Text,
    Time,
    Whole,
)

StateType = Literal[
    "SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "CRASHED", "PAUSED", "CANCELLING"
]


class StateDetails(Resource):
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None
    child_flow_run_id: UUID | None = None
    scheduled_time: Time | None = None
    cache_key: str | None = None
    cache_expiration: Time | None = None
    deferred: bool | None = False
    untrackable_result: bool = False
    pause_timeout: Time | None = None
    pause_reschedule: bool = False
    pause_key: str | None = None
    run_input_keyset: dict[str, str] | None = None
    refresh_cache: bool | None = None
    retriable: bool | None = None
    transition_id: UUID | None = None
    task_parameters_id: UUID | None = None
    traceparent: str | None = None
    deployment_concurrency_lease_id: UUID | None = None


class StateCreate(Body):
    type: StateType
    name: Key | None = None
    message: Text | None = None
    data: Any | None = None
    state_details: StateDetails = StateDetails()


class State(Resource):
    id: UUID
    type: StateType
    name: str | None
    timestamp: Time
    message: str | None
    data: Any | None
    state_details: StateDetails


class FlowRunPolicy(Resource):
    """`max_retries` and `retry_delay_seconds` are the old names of the next two."""

    max_retries: Whole = 0
    retry_delay_seconds: Seconds = 0
    retries: Whole | None = None
    retry_delay: Whole | None = None
    pause_keys: Many[str] | None = []
    resuming: bool | None = False
    retry_type: Literal["in_process", "reschedule"] | None = None

    @model_validator(mode="after")
    def _old_names(self) -> "FlowRunPolicy":
        if self.retries is None and self.max_retries:
            self.retries = self.max_retries
        if self.retry_delay is None and self.retry_delay_seconds:
            self.retry_delay = int(self.retry_delay_seconds)
        return self


class CreatedBy(Resource):
    id: UUID | None = None
    type: str | None = None
    display_value: str | None = None


class FlowRunCreate(Body):
    flow_id: UUID
    name: NameOrEmpty | None = ""
    state: StateCreate | None = None
    parameters: dict[str, Any] = {}
    context: dict[str, Any] = {}
    flow_version: Text | None = None
    parent_task_run_id: UUID | None = None
    empirical_policy: FlowRunPolicy = FlowRunPolicy()
    tags: Tags = []
    labels: Labels | None = {}
    idempotency_key: Key | None = None
    deployment_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    work_pool_name: str | None = None
    work_queue_name: str | None = None
    job_variables: dict[str, Any] | None = None


class FlowRunUpdate(Body):
    name: NameOrEmpty | None = None
    flow_version: Text | None = None
    parameters: dict[str, Any] = {}
    empirical_policy: FlowRunPolicy = FlowRunPolicy()
    tags: Tags = []
    infrastructure_pid: Text | None = None
    job_variables: dict[str, Any] | None = None


class FlowRun(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: str
    flow_id: UUID
    state_id: UUID | None
    deployment_id: UUID | None
    deployment_version: str | None
    work_queue_id: UUID | None
    work_queue_name: str | None
    work_pool_id: UUID | None
    work_pool_name: str | None
    flow_version: str | None
    parameters: dict[str, Any]
    idempotency_key: str | None
    context: dict[str, Any]
    empirical_policy: FlowRunPolicy
    tags: Tags
    labels: Labels
    parent_task_run_id: UUID | None
    state_type: StateType | None
    state_name: str | None
    run_count: int
    expected_start_time: Time | None
    next_scheduled_start_time: Time | None
    start_time: Time | None
    end_time: Time | None
    total_run_time: float
    estimated_run_time: float
    estimated_start_time_delta: float
    auto_scheduled: bool
    infrastructure_document_id: UUID | None
    infrastructure_pid: str | None
    created_by: CreatedBy | None
    job_variables: dict[str, Any] | None
    state: State | None


class TaskRunPolicy(Resource):
    max_retries: Whole = 0
    retry_delay_seconds: Seconds = 0
    retries: Whole | None = None
    retry_delay: Whole | Seconds | Annotated[Many[Whole | Seconds], Field(max_length=50)] | None = None
    retry_jitter_factor: Annotated[Seconds, Field(ge=0)] | None = None


class TaskRunCreate(Body):
    id: UUID | None = None
    state: StateCreate | None = None
    name: Text | None = ""
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
    name: Text | None = None


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


class SetState(Request):
    state: StateCreate
    force: bool = False


class AcceptDetails(Resource):
    type: Literal["accept_details"]


class RejectDetails(Resource):
    type: Literal["reject_details"]
    reason: str | None


class AbortDetails(Resource):
    type: Literal["abort_details"]
    reason: str | None


class WaitDetails(Resource):
    type: Literal["wait_details"]
    delay_seconds: int
    reason: str | None


class OrchestrationResult(Resource):
    state: State | None
    status: Literal["ACCEPT", "REJECT", "ABORT", "WAIT"]
    details: AcceptDetails | RejectDetails | AbortDetails | WaitDetails


class Resume(Request):
    run_input: dict[str, Any] | None = None


class LogCreate(Resource):
    """Unknown fields pass: clients in Cloud mode add `worker_id` (client-protocol.md 4.2)."""

    name: Text
    level: Annotated[int, Field(ge=-32768, le=32767)]
    message: Text
    timestamp: Time
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class Log(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: str
    level: int
    message: str
    timestamp: Time
    flow_run_id: UUID | None
    task_run_id: UUID | None


class FlowRunInputCreate(Request):
    key: Annotated[str, Field(pattern=r"^[a-z0-9-]*$", max_length=1024)]
    value: str
    sender: str | None = None


class FlowRunInput(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    flow_run_id: UUID
    key: str
    value: str
    sender: str | None


class HistoryState(Resource):
    state_type: StateType
    state_name: str
    count_runs: int
    sum_estimated_run_time: float
    sum_estimated_lateness: float


class HistoryInterval(Resource):
    interval_start: Time
    interval_end: Time
    states: list[HistoryState]


class Paged(Resource):
    count: Count
    limit: int
    pages: int
    page: int


class FlowRunPage(Paged):
    results: list[FlowRun]
