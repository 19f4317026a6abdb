"""Turn rows into answers of the API, without making model instances.

JSON columns are passed on as the text that is stored, since it was complete when it was written.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from core.db.statements import Prepared
from workspaces.bounded_reading import RowReader, as_text, fragment
from workspaces.models import Workspace
from workspaces.runs.estimates import add_estimates
from workspaces.runs.models import FlowRun, FlowRunInput, FlowRunState, Log, TaskRun, TaskRunState
from workspaces.runs.orchestration.run_state import RunState


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_RUN = _names(
    "id created updated name state_id state_type state_name state_timestamp run_count expected_start_time "
    "next_scheduled_start_time start_time end_time total_run_time"
)
_FLOW_RUN = _RUN + _names(
    "flow_id deployment_id deployment_version work_queue_id work_queue_name flow_version idempotency_key "
    "parent_task_run_id auto_scheduled infrastructure_document_id infrastructure_pid"
)
_QUEUE = _names("work_queue__name work_queue__work_pool_id work_queue__work_pool__name")
_FLOW_RUN_JSON = _names("tags labels empirical_policy parameters context created_by job_variables")
_TASK_RUN = _RUN + _names("flow_run_id task_key dynamic_key cache_key cache_expiration task_version flow_run_run_count")
_TASK_RUN_JSON = _names("tags labels empirical_policy task_inputs")
_STATE = _names("type name timestamp message")
_STATE_JSON = _names("data state_details")
_INPUT = _names("id created updated flow_run_id key value sender")
_LOG = _names("id created name level message timestamp flow_run_id task_run_id")


_FLOW_RUN_COLUMNS: list[Any] = [
    *_FLOW_RUN,
    *_QUEUE,
    *(f"state__{name}" for name in _STATE),
    *as_text(*_FLOW_RUN_JSON, *(f"state__{name}" for name in _STATE_JSON)),
]
_flow_runs = RowReader(FlowRun, *_FLOW_RUN_COLUMNS)
_task_runs = RowReader(TaskRun, *_TASK_RUN, *as_text(*_TASK_RUN_JSON))
_states = {model: RowReader(model, "id", *_STATE, *as_text(*_STATE_JSON)) for model in (FlowRunState, TaskRunState)}
_logs = RowReader(Log, *_LOG, longest="message")
_inputs = RowReader(FlowRunInput, *_INPUT)
_flow_run_by_id = Prepared(
    lambda run, workspace: FlowRun.objects.filter(id=run, workspace=workspace).values_list(*_FLOW_RUN_COLUMNS)
)


def serialize_flow_runs(runs: QuerySet[FlowRun]) -> list[dict[str, Any]]:
    """Return the answers for flow runs, each with its state, in the queryset's order."""
    now = timezone.now()
    return [_flow_run(values, now) for values in _flow_runs.read(runs)]


def serialize_flow_run(workspace: Workspace, run_id: UUID) -> dict[str, Any] | None:
    """Return the answer for one flow run, or None if the workspace has no such run."""
    values = _flow_run_by_id.first(run_id, workspace.id)
    return None if values is None else _flow_run(values, timezone.now())


def serialize_new_flow_run(run: FlowRun, state: RunState) -> dict[str, Any]:
    """Return the answer for a run that was just created, without reading it from the database."""
    row = {name: getattr(run, name) for name in (*_FLOW_RUN, *_FLOW_RUN_JSON)}
    row["state"] = serialize_state(state)
    queue = run.work_queue
    _add_queue(row, *((queue.name, queue.work_pool_id, queue.work_pool.name) if queue else (None, None, None)))
    add_estimates(row, timezone.now())
    return row


def serialize_task_runs(runs: QuerySet[TaskRun]) -> list[dict[str, Any]]:
    """Return the answers for task runs, each with its state, in the queryset's order.

    States are read by a second query, since task runs have no foreign key to them.
    """
    now = timezone.now()
    rows = [_dictionary(values, _TASK_RUN, _TASK_RUN_JSON) for values in _task_runs.read(runs)]
    # Also by task run: clients choose the ids of states, and may choose one that another workspace uses.
    states = TaskRunState.objects.filter(
        id__in=[row["state_id"] for row in rows if row["state_id"]], task_run_id__in=[row["id"] for row in rows]
    )
    by_id = {state["id"]: state for state in serialize_states(states[: len(rows)])}
    for row in rows:
        row["state"] = by_id.get(row["state_id"])
        add_estimates(row, now)
    return rows


def serialize_states(states: QuerySet[FlowRunState] | QuerySet[TaskRunState]) -> list[dict[str, Any]]:
    """Return the answers for states, in the queryset's order."""
    rows = _states[states.model].read(states)
    return [_dictionary(values, ("id", *_STATE), _STATE_JSON) for values in rows]


def serialize_state(state: RunState | None) -> dict[str, Any] | None:
    """Return the answer for a state in memory, or None for a run without a state."""
    if state is None:
        return None
    return {
        "id": state.id,
        "type": state.type,
        "name": state.name,
        "timestamp": state.timestamp,
        "message": state.message,
        "data": state.data,
        "state_details": state.details,
    }


def serialize_logs(logs: QuerySet[Log]) -> list[dict[str, Any]]:
    """Return the answers for log lines, in the queryset's order."""
    rows = [dict(zip(_LOG, values, strict=True)) for values in _logs.read(logs)]
    for row in rows:
        row["updated"] = row["created"]
    return rows


def serialize_inputs(inputs: QuerySet[FlowRunInput]) -> list[dict[str, Any]]:
    """Return the answers for inputs of flow runs, in the queryset's order."""
    return [dict(zip(_INPUT, values, strict=True)) for values in _inputs.read(inputs)]


def _flow_run(values: tuple[Any, ...], now: datetime) -> dict[str, Any]:
    queue_start = len(_FLOW_RUN)
    state_start = queue_start + len(_QUEUE)
    json_start = state_start + len(_STATE)
    row = dict(zip(_FLOW_RUN, values, strict=False))
    row |= zip(_FLOW_RUN_JSON, map(fragment, values[json_start:]), strict=False)
    row["state"] = None
    if row["state_id"] is not None:
        row["state"] = {"id": row["state_id"], **dict(zip(_STATE, values[state_start:json_start], strict=True))}
        row["state"] |= zip(_STATE_JSON, map(fragment, values[-len(_STATE_JSON) :]), strict=True)
    _add_queue(row, *values[queue_start:state_start])
    add_estimates(row, now)
    return row


def _add_queue(row: dict[str, Any], queue: str | None, pool_id: UUID | None, pool: str | None) -> None:
    """Add the names of the run's queue and pool. A run without a queue keeps the name that the client sent."""
    row |= {"work_pool_id": pool_id, "work_pool_name": pool}
    if queue is not None:
        row["work_queue_name"] = queue


def _dictionary(values: tuple[Any, ...], names: tuple[str, ...], json_names: tuple[str, ...]) -> dict[str, Any]:
    row = dict(zip(names, values, strict=False))
    row |= zip(json_names, map(fragment, values[len(names) :]), strict=True)
    return row
