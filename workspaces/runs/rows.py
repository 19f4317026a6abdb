"""Rows as answers: from a queryset to the dictionaries of the contract, without a model instance a row."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from workspaces.runs.models import FlowRun, FlowRunState, Log, TaskRun, TaskRunState
from workspaces.runs.orchestration.run_state import NO_DETAILS, RunState
from workspaces.runs.states import RUNNING, TERMINAL

_STATE = ("type", "name", "timestamp", "message", "data", "state_details")
_RUN = (
    "id created updated name tags labels empirical_policy state_id state_type state_name state_timestamp run_count "
    "expected_start_time next_scheduled_start_time start_time end_time total_run_time"
).split()
_FLOW_RUN = (
    "flow_id deployment_id deployment_version work_queue_id work_queue_name flow_version parameters idempotency_key "
    "context parent_task_run_id auto_scheduled infrastructure_document_id infrastructure_pid created_by job_variables"
).split()
_TASK_RUN = (
    "flow_run_id task_key dynamic_key cache_key cache_expiration task_version task_inputs flow_run_run_count"
).split()
_LOG = ("id", "created", "name", "level", "message", "timestamp", "flow_run_id", "task_run_id")


def flow_run_rows(runs: QuerySet[FlowRun]) -> list[dict[str, Any]]:
    """FlowRun answers, each with its state, in the queryset's order."""
    now = timezone.now()
    rows: list[dict[str, Any]] = list(runs.values(*_RUN, *_FLOW_RUN, *(f"state__{name}" for name in _STATE)))
    for row in rows:
        state = {name: row.pop(f"state__{name}") for name in _STATE}
        row["state"] = _state(row["state_id"], state) if row["state_id"] else None
        # Work pools are above runs: they fill these in when a run has a queue.
        row["work_pool_id"] = row["work_pool_name"] = None
        _derive(row, now)
    return rows


def task_run_rows(runs: QuerySet[TaskRun]) -> list[dict[str, Any]]:
    """TaskRun answers, each with its state: two queries, for the state has no foreign key."""
    now = timezone.now()
    rows: list[dict[str, Any]] = list(runs.values(*_RUN, *_TASK_RUN))
    # By run as well: a client chooses its states' ids, and may choose one of another workspace.
    wanted = TaskRunState.objects.filter(
        id__in=[row["state_id"] for row in rows if row["state_id"]], task_run_id__in=[row["id"] for row in rows]
    )
    states = {row["id"]: row for row in wanted.values("id", *_STATE)}
    for row in rows:
        state = states.get(row["state_id"])
        row["state"] = _state(row["state_id"], state) if state else None
        _derive(row, now)
    return rows


def state_rows(states: QuerySet[FlowRunState] | QuerySet[TaskRunState]) -> list[dict[str, Any]]:
    return [_state(row["id"], row) for row in states.values("id", *_STATE)]


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


def log_rows(logs: QuerySet[Log]) -> Iterable[dict[str, Any]]:
    return list(logs.values(*_LOG, updated=F("created")))


def _state(state_id: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": state_id,
        "type": row["type"],
        "name": row["name"],
        "timestamp": row["timestamp"],
        "message": row["message"],
        "data": row["data"],
        "state_details": {**NO_DETAILS, **row["state_details"]},
    }


def _derive(row: dict[str, Any], now: datetime) -> None:
    """Durations in seconds and the two estimates (orchestration.md 1.16)."""
    total: timedelta = row["total_run_time"]
    running_since = row.pop("state_timestamp")
    row["total_run_time"] = total.total_seconds()
    estimated = total
    if row["state_type"] == RUNNING and running_since is not None:
        estimated += max(now - running_since, timedelta())
    row["estimated_run_time"] = estimated.total_seconds()
    row["estimated_start_time_delta"] = lateness(row, now).total_seconds()


def lateness(row: dict[str, Any], now: datetime) -> timedelta:
    """How much later than expected the run began, or has not begun yet."""
    expected, started = row["expected_start_time"], row["start_time"]
    if expected is None:
        return timedelta()
    if started is not None:
        return max(started - expected, timedelta())
    if row["state_type"] not in TERMINAL and expected < now:
        return now - expected
    return timedelta()
