"""States, and the answer to a proposed state.

See docs/contract/runs.md, "States" and docs/contract/orchestration.md, "Setting a state".
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from workspaces.shapes import Body, Key, LimitedJson, Request, Resource, StateType, Text, Time


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
    data: Annotated[Any, LimitedJson] | None = None
    state_details: StateDetails = StateDetails()


class State(Resource):
    id: UUID
    type: StateType
    name: str | None
    timestamp: Time
    message: str | None
    data: Any | None
    state_details: StateDetails


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
