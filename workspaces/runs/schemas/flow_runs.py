"""Flow runs and their inputs (docs/contract/runs.md, "Flow runs")."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from workspaces.filters.paging import Paged
from workspaces.runs.schemas.states import State, StateCreate
from workspaces.shapes import (
    Body,
    CreatedBy,
    Key,
    Labels,
    LimitedJson,
    Many,
    Name,
    NameOrEmpty,
    Request,
    Resource,
    Seconds,
    StateType,
    Tags,
    Text,
    Time,
    Whole,
)


class FlowRunPolicy(Resource):
    """Retries and pauses. `max_retries` and `retry_delay_seconds` are old names of `retries` and `retry_delay`."""

    max_retries: Whole = 0
    retry_delay_seconds: Seconds = 0
    retries: Whole | None = None
    retry_delay: Whole | None = None
    pause_keys: Many[str] | None = []
    resuming: bool | None = False
    retry_type: Literal["in_process", "reschedule"] | None = None

    @model_validator(mode="after")
    def _use_old_names(self) -> "FlowRunPolicy":
        if self.retries is None and self.max_retries:
            self.retries = self.max_retries
        if self.retry_delay is None and self.retry_delay_seconds:
            self.retry_delay = int(self.retry_delay_seconds)
        return self


class FlowRunCreate(Body):
    flow_id: UUID
    name: NameOrEmpty | None = ""
    state: StateCreate | None = None
    parameters: dict[str, Any] = {}
    context: Annotated[dict[str, Any], LimitedJson] = {}
    flow_version: Text | None = None
    parent_task_run_id: UUID | None = None
    empirical_policy: FlowRunPolicy = FlowRunPolicy()
    tags: Tags = []
    labels: Labels | None = {}
    idempotency_key: Key | None = None
    deployment_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    work_pool_name: str | None = None
    work_queue_name: Key | None = None
    job_variables: Annotated[dict[str, Any], LimitedJson] | None = None


class DeploymentFlowRunCreate(Body):
    """A run of a deployment. What it leaves out comes from the deployment."""

    name: NameOrEmpty | None = ""
    state: StateCreate | None = None
    parameters: dict[str, Any] = {}
    enforce_parameter_schema: bool | None = None
    context: Annotated[dict[str, Any], LimitedJson] = {}
    infrastructure_document_id: UUID | None = None
    empirical_policy: FlowRunPolicy = FlowRunPolicy()
    tags: Tags = []
    labels: Labels | None = None
    idempotency_key: Key | None = None
    parent_task_run_id: UUID | None = None
    work_queue_name: Name | None = None
    job_variables: Annotated[dict[str, Any], LimitedJson] | None = None


class FlowRunCreateResult(Resource):
    flow_run_id: UUID | None = None
    status: Literal["CREATED", "FAILED"]
    error: str | None = None


class FlowRunBulkCreateResponse(Resource):
    results: list[FlowRunCreateResult]


class FlowRunUpdate(Body):
    name: NameOrEmpty | None = None
    flow_version: Text | None = None
    parameters: dict[str, Any] = {}
    empirical_policy: FlowRunPolicy = FlowRunPolicy()
    tags: Tags = []
    infrastructure_pid: Text | None = None
    job_variables: Annotated[dict[str, Any], LimitedJson] | None = None


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


class Resume(Request):
    run_input: dict[str, Any] | None = None


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


class FlowRunPage(Paged):
    results: list[FlowRun]
