"""Shapes of the helpers of Prefect's own UI."""

from uuid import UUID

from workspaces.runs.schemas.task_runs import TaskRun
from workspaces.shapes import Resource, StateType, Time


class SimpleNextFlowRun(Resource):
    id: UUID
    flow_id: UUID
    name: str
    state_name: str
    state_type: StateType
    next_scheduled_start_time: Time


class SimpleFlowRun(Resource):
    id: UUID
    state_type: StateType
    timestamp: Time
    duration: float
    lateness: float


class TaskRunCount(Resource):
    completed: int
    failed: int


class CountByState(Resource):
    COMPLETED: int = 0
    PENDING: int = 0
    RUNNING: int = 0
    FAILED: int = 0
    CANCELLED: int = 0
    CRASHED: int = 0
    PAUSED: int = 0
    CANCELLING: int = 0
    SCHEDULED: int = 0


class UITaskRun(TaskRun):
    flow_run_name: str | None
