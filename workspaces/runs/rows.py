"""Rows as answers: from the database to the contract's JSON, without a model instance a row.

JSON columns go through as they are stored: what is written there was complete when it was written.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import ExpressionWrapper, F, QuerySet, TextField
from django.utils import timezone
from orjson import Fragment

from auditlog.statements import Prepared
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, FlowRunState, Log, TaskRun, TaskRunState
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.states import RUNNING, TERMINAL


def _split(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_RUN = _split(
    "id created updated name state_id state_type state_name state_timestamp run_count expected_start_time "
    "next_scheduled_start_time start_time end_time total_run_time"
)
_FLOW_RUN = _RUN + _split(
    "flow_id deployment_id deployment_version work_queue_id work_queue_name flow_version idempotency_key "
    "parent_task_run_id auto_scheduled infrastructure_document_id infrastructure_pid"
)
_FLOW_RUN_JSON = _split("tags labels empirical_policy parameters context created_by job_variables")
_TASK_RUN = _RUN + _split("flow_run_id task_key dynamic_key cache_key cache_expiration task_version flow_run_run_count")
_TASK_RUN_JSON = _split("tags labels empirical_policy task_inputs")
_STATE = _split("type name timestamp message")
_STATE_JSON = _split("data state_details")
_LOG = _split("id created name level message timestamp flow_run_id task_run_id")


def _unread(*names: str) -> list[Any]:
    """JSON columns as text."""
    return [ExpressionWrapper(F(name), output_field=TextField()) for name in names]


_FLOW_RUN_COLUMNS: list[Any] = [
    *_FLOW_RUN,
    *(f"state__{name}" for name in _STATE),
    *_unread(*_FLOW_RUN_JSON, *(f"state__{name}" for name in _STATE_JSON)),
]
_one_flow_run = Prepared(
    lambda run, workspace: FlowRun.objects.filter(id=run, workspace=workspace).values_list(*_FLOW_RUN_COLUMNS)
)


def flow_run_rows(runs: QuerySet[FlowRun]) -> list[dict[str, Any]]:
    """FlowRun answers, each with its state, in the queryset's order."""
    now = timezone.now()
    return [_flow_run(values, now) for values in runs.values_list(*_FLOW_RUN_COLUMNS)]


def flow_run_row(workspace: Workspace, run_id: UUID) -> dict[str, Any] | None:
    """One FlowRun answer; None when the workspace has no such run."""
    values = _one_flow_run.first(run_id, workspace.id)
    return None if values is None else _flow_run(values, timezone.now())


def flow_run_answer(run: FlowRun, state: RunState) -> dict[str, Any]:
    """The answer to the making of `run`, which is still in memory."""
    row = {name: getattr(run, name) for name in (*_FLOW_RUN, *_FLOW_RUN_JSON)}
    row |= {"state": state_answer(state), "work_pool_id": None, "work_pool_name": None}
    _derive(row, timezone.now())
    return row


def task_run_rows(runs: QuerySet[TaskRun]) -> list[dict[str, Any]]:
    """TaskRun answers, each with its state: two queries, for the state has no foreign key."""
    now = timezone.now()
    rows = [
        _dictionary(values, _TASK_RUN, _TASK_RUN_JSON)
        for values in runs.values_list(*_TASK_RUN, *_unread(*_TASK_RUN_JSON))
    ]
    # By run as well: a client chooses its states' ids, and may choose one of another workspace.
    states = TaskRunState.objects.filter(
        id__in=[row["state_id"] for row in rows if row["state_id"]], task_run_id__in=[row["id"] for row in rows]
    )
    by_id = {state["id"]: state for state in state_rows(states)}
    for row in rows:
        row["state"] = by_id.get(row["state_id"])
        _derive(row, now)
    return rows


def state_rows(states: QuerySet[FlowRunState] | QuerySet[TaskRunState]) -> list[dict[str, Any]]:
    columns = states.values_list("id", *_STATE, *_unread(*_STATE_JSON))
    return [_dictionary(values, ("id", *_STATE), _STATE_JSON) for values in columns]


def state_answer(state: RunState | None) -> dict[str, Any] | None:
    """A state that was just decided on, as an answer."""
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


def log_rows(logs: QuerySet[Log]) -> list[dict[str, Any]]:
    rows = [dict(zip(_LOG, values, strict=True)) for values in logs.values_list(*_LOG)]
    for row in rows:
        row["updated"] = row["created"]
    return rows


def _flow_run(values: tuple[Any, ...], now: datetime) -> dict[str, Any]:
    own, state = len(_FLOW_RUN), len(_STATE)
    json = own + state
    row = dict(zip(_FLOW_RUN, values, strict=False))
    row |= zip(_FLOW_RUN_JSON, map(_fragment, values[json:]), strict=False)
    row["state"] = None
    if row["state_id"] is not None:
        row["state"] = {"id": row["state_id"], **dict(zip(_STATE, values[own:json], strict=True))}
        row["state"] |= zip(_STATE_JSON, map(_fragment, values[-len(_STATE_JSON) :]), strict=True)
    # Work pools are above runs: they fill these in when a run has a queue.
    row["work_pool_id"] = row["work_pool_name"] = None
    _derive(row, now)
    return row


def _dictionary(values: tuple[Any, ...], names: tuple[str, ...], json: tuple[str, ...]) -> dict[str, Any]:
    row = dict(zip(names, values, strict=False))
    row |= zip(json, map(_fragment, values[len(names) :]), strict=True)
    return row


def _fragment(text: str | None) -> Fragment | None:
    return None if text is None else Fragment(text)


def _derive(row: dict[str, Any], now: datetime) -> None:
    """Durations in seconds and the two estimates (orchestration.md 1.16)."""
    total: timedelta = row["total_run_time"]
    running_since = row.pop("state_timestamp")
    row["total_run_time"] = total.total_seconds()
    estimated = total
    if row["state_type"] == RUNNING and running_since is not None:
        estimated += max(now - running_since, timedelta())
    row["estimated_run_time"] = estimated.total_seconds()
    row["estimated_start_time_delta"] = _lateness(row, now).total_seconds()


def _lateness(row: dict[str, Any], now: datetime) -> timedelta:
    """How much later than expected the run began, or has not begun yet."""
    expected: datetime | None = row["expected_start_time"]
    started: datetime | None = row["start_time"]
    if expected is None:
        return timedelta()
    if started is not None:
        return max(started - expected, timedelta())
    if row["state_type"] not in TERMINAL and expected < now:
        return now - expected
    return timedelta()
