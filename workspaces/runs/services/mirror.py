"""Copy a subflow's states to the task run that stands for it in the parent run.

See docs/contract/orchestration.md, "Subflows".
"""

from workspaces.runs.models import FlowRun, TaskRun, TaskRunState
from workspaces.runs.orchestration import bookkeeping
from workspaces.runs.orchestration.run_state import RunState, state_columns, stored_state


def mirror_on_parent(run: FlowRun, state: RunState) -> None:
    """Give the parent's task run a copy of the state, if the run is a subflow. Clients send no events for it."""
    if run.parent_task_run_id is None:
        return
    task_run = TaskRun.objects.select_for_update(no_key=True).filter(id=run.parent_task_run_id).first()
    if task_run is None:  # deleted since the run was locked
        return
    copy = state.copy()
    copy.details |= {"child_flow_run_id": str(run.id), "task_run_id": str(task_run.id)}
    copy.details["flow_run_id"] = str(task_run.flow_run_id) if task_run.flow_run_id else None
    force_task_run_state(task_run, copy)


def force_task_run_state(task_run: TaskRun, state: RunState) -> None:
    """Make `state` the current state of a locked task run, whatever its state was before."""
    states = TaskRunState.objects.filter(task_run=task_run)
    current = states.filter(id=task_run.state_id).first() if task_run.state_id else None
    bookkeeping.enter_state(task_run, stored_state(current) if current else None, state)
    row = TaskRunState(workspace_id=task_run.workspace_id, task_run=task_run, **state_columns(state))
    row.save(force_insert=True)
    task_run.state_id = state.id
    task_run.save(update_fields=["state_id", *bookkeeping.COLUMNS])
