"""Shapes of requests and answers about runs, states and logs."""

from workspaces.runs.schemas.flow_runs import (
    FlowRun,
    FlowRunCreate,
    FlowRunInput,
    FlowRunInputCreate,
    FlowRunPage,
    FlowRunPolicy,
    FlowRunUpdate,
    Resume,
)
from workspaces.runs.schemas.logs import MOST_LINES, HistoryInterval, HistoryState, Log, LogBatch, LogCreate
from workspaces.runs.schemas.states import (
    AbortDetails,
    AcceptDetails,
    OrchestrationResult,
    RejectDetails,
    SetState,
    State,
    StateCreate,
    StateDetails,
    WaitDetails,
)
from workspaces.runs.schemas.task_runs import TaskRun, TaskRunCreate, TaskRunPolicy, TaskRunUpdate

__all__ = [
    "MOST_LINES",
    "AbortDetails",
    "AcceptDetails",
    "FlowRun",
    "FlowRunCreate",
    "FlowRunInput",
    "FlowRunInputCreate",
    "FlowRunPage",
    "FlowRunPolicy",
    "FlowRunUpdate",
    "HistoryInterval",
    "HistoryState",
    "Log",
    "LogBatch",
    "LogCreate",
    "OrchestrationResult",
    "RejectDetails",
    "Resume",
    "SetState",
    "State",
    "StateCreate",
    "StateDetails",
    "TaskRun",
    "TaskRunCreate",
    "TaskRunPolicy",
    "TaskRunUpdate",
    "WaitDetails",
]
