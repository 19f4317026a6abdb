"""A subflow's states on the task run that stands for it in the parent (orchestration.md 2.6, 9 and 10)."""

from workspaces.runs.models import FlowRun, TaskRun, TaskRunState
from workspaces.runs.orchestration import bookkeeping
from workspaces.runs.orchestration.run_state import RunState, row_state


def mirror_on_parent(run: FlowRun, state: RunState) -> None:
    """The client sends no events for the placeholder, so the server moves it."""
    if run.parent_task_run_id is None:
        return
    parent = TaskRun.objects.select_for_update(no_key=True).filter(id=run.parent_task_run_id).first()
    if parent is None:  # deleted a moment ago
        return
    copy = state.copy()
    copy.details |= {"child_flow_run_id": str(run.id), "task_run_id": str(parent.id)}
    copy.details["flow_run_id"] = str(parent.flow_run_id) if parent.flow_run_id else None
    force_task_run_state(parent, copy)


def force_task_run_state(task_run: TaskRun, state: RunState) -> None:
    """Make `state` the current one of a locked task run, whatever was before."""
    states = TaskRunState.objects.filter(task_run=task_run)
    before = states.filter(id=task_run.state_id).first() if task_run.state_id else None
    bookkeeping.enter(task_run, row_state(before) if before else None, state)
    TaskRunState(
        id=state.id,
        workspace_id=task_run.workspace_id,
        task_run=task_run,
        type=state.type,
        name=state.name,
        timestamp=state.timestamp,
        message=state.message,
        state_details=state.details,
        data=state.kept_data,
    ).save(force_insert=True)
    task_run.state_id = state.id
    task_run.save(update_fields=["state_id", *bookkeeping.COLUMNS])
