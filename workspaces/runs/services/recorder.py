"""Store task runs as clients report them in events (docs/contract/runs.md, "Recording task runs").

Clients decide about the states of task runs, so no state is refused. The event is the record of the change, so there is
no audit entry. Events may arrive late, twice and out of order: a state is stored once by its id, and only a newer state
changes the task run.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from pydantic import BaseModel

from workspaces.events.models import Event
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, TaskRun, TaskRunState
from workspaces.runs.names import run_name
from workspaces.runs.orchestration.run_state import NO_DETAILS, RunState, state_columns
from workspaces.runs.services.task_run_reports import Report, ReportedTaskRun, parse_report
from workspaces.shapes import RUN_NAME_LENGTH

_MOST_STORED = 2_000
_REPORTED_FIELDS = [name for name in ReportedTaskRun.model_fields if name not in {"task_key", "dynamic_key"}]
_CHANGED_COLUMNS = [*_REPORTED_FIELDS, "state_id", "state_type", "state_name", "state_timestamp", "updated"]


class TooManyRuns(Exception):
    """Reports that are stored together name more task runs than are read at once."""


def record_task_runs(workspace: Workspace, events: Sequence[Event]) -> None:
    """Create and update task runs and their states from the events. Ignores task runs of unknown flow runs.

    Raises `TooManyRuns` if the events name too many task runs.
    """
    reports = [report for event in events if (report := parse_report(event)) is not None]
    reports = _with_known_flow_runs(workspace, reports)
    if not reports:
        return
    stored = _lock_task_runs(workspace, reports)
    new: dict[UUID, TaskRun] = {}
    changed: dict[UUID, TaskRun] = {}
    for report in sorted(reports, key=lambda report: report.event.occurred):
        run = stored.get(report.natural_key) or stored.get(report.task_run_id)
        if run is None:
            run = TaskRun(id=report.task_run_id, workspace=workspace, created=timezone.now(), name=run_name())
            run.flow_run_id, run.task_key, run.dynamic_key = report.natural_key
            new[run.id] = stored[run.id] = run
            if report.flow_run_id is not None:
                stored[report.natural_key] = run
        report.task_run_id = run.id
        if run.state_timestamp is None or run.state_timestamp < report.event.occurred:
            _update_task_run(run, report)
            if run.id not in new:
                changed[run.id] = run
    TaskRun.objects.bulk_create(new.values())
    if changed:
        TaskRun.objects.bulk_update(changed.values(), _CHANGED_COLUMNS)
    TaskRunState.objects.bulk_create([_state_row(workspace, report) for report in reports], ignore_conflicts=True)


def _with_known_flow_runs(workspace: Workspace, reports: list[Report]) -> list[Report]:
    flow_run_ids = {report.flow_run_id for report in reports if report.flow_run_id is not None}
    known = set(FlowRun.objects.filter(workspace=workspace, id__in=flow_run_ids).values_list("id", flat=True))
    return [report for report in reports if report.flow_run_id is None or report.flow_run_id in known]


def _lock_task_runs(workspace: Workspace, reports: list[Report]) -> dict[Any, TaskRun]:
    """Lock the task runs that exist, and return them by id and by natural key.

    Task runs of other workspaces are not among them, even if their ids are named. Raises `TooManyRuns` because the keys
    of many reports can be combined to many more task runs. Fewer reports name fewer.
    """
    flow_run_ids = {report.flow_run_id for report in reports if report.flow_run_id is not None}
    named = Q(id__in={report.task_run_id for report in reports})
    if flow_run_ids:
        named |= Q(
            flow_run_id__in=flow_run_ids,
            task_key__in={report.task_run.task_key for report in reports},
            dynamic_key__in={report.task_run.dynamic_key for report in reports},
        )
    rows = TaskRun.objects.select_for_update(no_key=True).filter(named, workspace=workspace).order_by("id")
    runs = list(rows[: _MOST_STORED + 1])
    if len(runs) > _MOST_STORED:
        raise TooManyRuns("the reports name too many task runs")
    by_key: dict[Any, TaskRun] = {}
    for run in runs:
        by_key[run.id] = run
        if run.flow_run_id is not None:
            by_key[run.flow_run_id, run.task_key, run.dynamic_key] = run
    return by_key


def _update_task_run(run: TaskRun, report: Report) -> None:
    reported = report.task_run.model_fields_set
    for field in _REPORTED_FIELDS:
        if field in reported:
            setattr(run, field, _column_value(field, getattr(report.task_run, field)))
    run.state_id = report.event.id
    run.state_type, run.state_name = report.state.type, report.state.name
    run.state_timestamp = report.event.occurred
    run.updated = timezone.now()


def _column_value(field: str, value: Any) -> Any:
    if field == "total_run_time":
        return timedelta(seconds=value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return (value[:RUN_NAME_LENGTH] if value else run_name()) if field == "name" else value


def _state_row(workspace: Workspace, report: Report) -> TaskRunState:
    details = NO_DETAILS | report.state.state_details.model_dump(mode="json", exclude_unset=True)
    details["task_run_id"] = str(report.task_run_id)
    details["flow_run_id"] = str(report.flow_run_id) if report.flow_run_id else None
    state = RunState(
        type=report.state.type,
        name=report.state.name,
        timestamp=report.event.occurred,
        message=report.state.message,
        data=report.state.data,
        details=details,
        id=report.event.id,
    )
    columns = state_columns(state) | {"data": state.data}  # as the client sent it
    return TaskRunState(workspace=workspace, task_run_id=report.task_run_id, **columns)
