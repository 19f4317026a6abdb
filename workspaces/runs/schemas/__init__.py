"""Runs and states: what the API takes and gives."""

from workspaces.runs.schemas.flow_runs import (
    CreatedBy,
    FlowRun,
    FlowRunCreate,
    FlowRunInput,
    FlowRunInputCreate,
    FlowRunPage,
    FlowRunPolicy,
    FlowRunUpdate,
    Paged,
    Resume,
)
from workspaces.runs.schemas.logs import HistoryInterval, HistoryState, Log, LogCreate
from workspaces.runs.schemas.states import (
    AbortDetails,
    AcceptDetails,
    OrchestrationResult,
    RejectDetails,
    SetState,
    State,
    StateCreate,
    StateDetails,
    StateType,
    WaitDetails,
)
from workspaces.runs.schemas.task_runs import TaskRun, TaskRunCreate, TaskRunPolicy, TaskRunUpdate

__all__ = [
    "AbortDetails",
    "AcceptDetails",
    "CreatedBy",
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
    "LogCreate",
    "OrchestrationResult",
    "Paged",
    "RejectDetails",
    "Resume",
    "SetState",
    "State",
    "StateCreate",
    "StateDetails",
    "StateType",
    "TaskRun",
    "TaskRunCreate",
    "TaskRunPolicy",
    "TaskRunUpdate",
    "WaitDetails",
]
