"""Log lines (orchestration.md 1.6) and runs counted over time (5.4)."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from workspaces.runs.schemas.states import StateType
from workspaces.shapes import Resource, Text, Time


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
