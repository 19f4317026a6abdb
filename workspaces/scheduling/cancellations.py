"""Finish cancellations: of children of cancelled runs, and of runs whose process does not confirm."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from auditlog.actors import system
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.services.mirror import force_task_run_state
from workspaces.runs.states import CANCELLED, CANCELLING, TERMINAL
from workspaces.scheduling.fair_batches import change_states, first_of_each_workspace, logger

CONFIRM_WITHIN = timedelta(seconds=300)
_PARENT_CANCELLED = "The parent flow run was cancelled."
_TIMED_OUT = "Flow run cancellation timed out; marked this flow run as Cancelled."
_MOST, _MOST_OF_WORKSPACE = 200, 50
_MOST_TASK_RUNS, _MOST_TASK_RUNS_OF_WORKSPACE = 500, 250
_LOOK_BACK = timedelta(days=1)
_ACTOR = system("cancellation cleanup")


def finish_cancellations() -> int:
    """Cancel what was left behind. Return how many runs and task runs changed in this pass."""
    return _end_unconfirmed() + _cancel_child_runs() + _cancel_task_runs()


def _end_unconfirmed() -> int:
    asked = FlowRun.objects.filter(state_type=CANCELLING, state_timestamp__lte=timezone.now() - CONFIRM_WITHIN)
    ids = first_of_each_workspace(asked, "state_timestamp", most=_MOST, most_of_workspace=_MOST_OF_WORKSPACE)
    return change_states(ids, _timed_out, _ACTOR)


def _timed_out(run: FlowRun, current: RunState) -> RunState | None:
    now = timezone.now()
    if current.type != CANCELLING or current.timestamp > now - CONFIRM_WITHIN:
        return None
    return RunState(CANCELLED, "Cancelled", now, _TIMED_OUT)


def _cancel_child_runs() -> int:
    children = FlowRun.objects.filter(
        parent_task_run__flow_run__state_type=CANCELLED,
        parent_task_run__flow_run__end_time__gte=timezone.now() - _LOOK_BACK,
    ).exclude(state_type__in=[*TERMINAL, CANCELLING])
    ids = first_of_each_workspace(children, "id", most=_MOST, most_of_workspace=_MOST_OF_WORKSPACE)
    return change_states(ids, _cancelled_child, _ACTOR)


def _cancelled_child(run: FlowRun, current: RunState) -> RunState | None:
    if current.type in TERMINAL or current.type == CANCELLING:
        return None
    state_type, name = (CANCELLING, "Cancelling") if run.deployment_id else (CANCELLED, "Cancelled")
    return RunState(state_type, name, timezone.now(), _PARENT_CANCELLED)


def _cancel_task_runs() -> int:
    """Cancel task runs of cancelled runs, except those of child runs, which have the state of the child run."""
    left = TaskRun.objects.filter(
        flow_run__state_type=CANCELLED, flow_run__end_time__gte=timezone.now() - _LOOK_BACK, subflow_runs=None
    ).exclude(state_type__in=TERMINAL)
    ids = first_of_each_workspace(left, "id", most=_MOST_TASK_RUNS, most_of_workspace=_MOST_TASK_RUNS_OF_WORKSPACE)
    cancelled = 0
    for task_run_id in ids:
        try:
            cancelled += _cancel_task_run(task_run_id)
        except Exception:  # one task run must not hold up the others
            logger.exception("The task run %s cannot be cancelled", task_run_id)
    return cancelled


@transaction.atomic
def _cancel_task_run(task_run_id: UUID) -> bool:
    locked = TaskRun.objects.select_for_update(no_key=True, skip_locked=True)
    task_run = locked.filter(id=task_run_id).exclude(state_type__in=TERMINAL).first()
    if task_run is None:
        return False
    state = RunState(CANCELLED, "Cancelled", timezone.now(), _PARENT_CANCELLED)
    state.details |= {
        "task_run_id": str(task_run.id),
        "flow_run_id": str(task_run.flow_run_id) if task_run.flow_run_id else None,
    }
    force_task_run_state(task_run, state)
    return True
