"""Log lines, and runs counted over time (docs/contract/runs.md, "Logs" and "History").

For unknown fields of log lines see docs/contract/client-protocol.md, "Worker logs".
"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from workspaces.shapes import Resource, StateType, Text, Time

# Clients cut lines of more than 1,000,000 bytes (docs/contract/client-protocol.md, "Message sizes").
MOST_OF_MESSAGE = 1_000_000


class LogCreate(Resource):
    """A log line. Unknown fields are ignored, since clients add `worker_id` when they use Prefect Cloud."""

    name: Text
    level: Annotated[int, Field(ge=-32768, le=32767)]
    message: Annotated[Text, Field(max_length=MOST_OF_MESSAGE)]
    timestamp: Time
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


# Clients send four megabytes at most, and a line is never shorter than 190 bytes.
MOST_LINES = 25_000
LogBatch = Annotated[list[LogCreate], Field(fail_fast=True, max_length=MOST_LINES)]


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
