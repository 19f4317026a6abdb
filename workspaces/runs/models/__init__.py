"""Flow runs, task runs, the states of both, inputs, and logs."""

from workspaces.runs.models.flow_runs import FlowRun, FlowRunInput
from workspaces.runs.models.logs import Log
from workspaces.runs.models.states import FlowRunState, TaskRunState
from workspaces.runs.models.task_runs import TaskRun

__all__ = ["FlowRun", "FlowRunInput", "FlowRunState", "Log", "TaskRun", "TaskRunState"]
