"""Task runs as clients report them in events (orchestration.md 3.11).

The client has decided; nothing is refused here, and the event itself is the record: there is no audit entry. Events
come late, twice and out of order: a state is stored once by its id, and only a newer state moves the run.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workspaces.events.models import Event
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, TaskRun, TaskRunState
from workspaces.runs.names import run_name
from workspaces.runs.orchestration.run_state import NO_DETAILS
from workspaces.runs.schemas import StateDetails, StateType, TaskRunPolicy
from workspaces.shapes import HalfKey, Key, Labels, Tags, Time

_PREFIX = "prefect.task-run."
_LARGEST = 2**31 - 1  # of the columns; seconds of 68 years


class ReportedTaskRun(BaseModel):
    """`payload.task_run`: only the fields that are given move the stored run."""

    model_config = ConfigDict(extra="ignore")

    name: str | None = None
    task_key: HalfKey
    dynamic_key: HalfKey
    cache_key: str | None = None
    cache_expiration: Time | None = None
    task_version: str | None = None
    empirical_policy: TaskRunPolicy = TaskRunPolicy()
    tags: Tags = []
    labels: Labels = {}
    task_inputs: dict[str, list[dict[str, Any]]] = {}
    run_count: Annotated[int, Field(ge=0, le=_LARGEST)] = 0
    flow_run_run_count: Annotated[int, Field(ge=0, le=_LARGEST)] = 0
    expected_start_time: Time | None = None
    next_scheduled_start_time: Time | None = None
    start_time: Time | None = None
    end_time: Time | None = None
    total_run_time: Annotated[float, Field(ge=0, le=_LARGEST, allow_inf_nan=False)] = 0.0


class ReportedState(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: StateType
    name: Key
    message: str | None = None
    state_details: StateDetails = StateDetails()
    data: Any = None


class Payload(BaseModel):
    model_config = ConfigDict(extra="ignore")

    validated_state: ReportedState
    task_run: ReportedTaskRun


@dataclass(slots=True)
class Report:
    task_run_id: UUID
    flow_run_id: UUID | None
    event: Event
    state: ReportedState
    run: ReportedTaskRun

    @property
    def natural_key(self) -> tuple[UUID | None, str, str]:
        return self.flow_run_id, self.run.task_key, self.run.dynamic_key


def record_task_runs(workspace: Workspace, events: Sequence[Event]) -> None:
    """Bring task runs and their states up to what the events say. Runs of unknown flow runs are dropped."""
    reports = [report for event in events if (report := _report(event)) is not None]
    reports = _with_known_flow_runs(workspace, reports)
    if not reports:
        return
    stored = _stored(workspace, reports)
    new: dict[UUID, TaskRun] = {}
    moved: dict[UUID, TaskRun] = {}
    for report in sorted(reports, key=lambda one: one.event.occurred):
        run = stored.get(report.natural_key) or stored.get(report.task_run_id)
        if run is None:
            run = TaskRun(id=report.task_run_id, workspace=workspace, created=timezone.now(), name=run_name())
            run.flow_run_id, run.task_key, run.dynamic_key = report.natural_key
            new[run.id] = stored[run.id] = run
            if report.flow_run_id is not None:
                stored[report.natural_key] = run
        report.task_run_id = run.id
        if run.state_timestamp is None or run.state_timestamp < report.event.occurred:
            _move(run, report)
            if run.id not in new:
                moved[run.id] = run
    TaskRun.objects.bulk_create(new.values())
    if moved:
        TaskRun.objects.bulk_update(moved.values(), _COLUMNS)
    TaskRunState.objects.bulk_create([_state(workspace, report) for report in reports], ignore_conflicts=True)


_FIELDS = [field for field in ReportedTaskRun.model_fields if field not in {"task_key", "dynamic_key"}]
_COLUMNS = [*_FIELDS, "state_id", "state_type", "state_name", "state_timestamp", "updated"]


def _report(event: Event) -> Report | None:
    if not event.event.startswith(_PREFIX) or event.resource.get("prefect.orchestration") != "client":
        return None
    try:
        payload = Payload.model_validate(event.payload)
        task_run_id = UUID(event.resource_id.removeprefix(_PREFIX))
        flow_run_id = _flow_run_id(event.related)
    except (ValidationError, ValueError):
        return None
    return Report(task_run_id, flow_run_id, event, payload.validated_state, payload.task_run)


def _flow_run_id(related: Iterable[dict[str, str]]) -> UUID | None:
    for resource in related:
        if resource["prefect.resource.role"] == "flow-run":
            return UUID(resource["prefect.resource.id"].removeprefix("prefect.flow-run."))
    return None


def _with_known_flow_runs(workspace: Workspace, reports: list[Report]) -> list[Report]:
    wanted = {report.flow_run_id for report in reports if report.flow_run_id is not None}
    known = set(FlowRun.objects.filter(workspace=workspace, id__in=wanted).values_list("id", flat=True))
    return [report for report in reports if report.flow_run_id is None or report.flow_run_id in known]


def _stored(workspace: Workspace, reports: list[Report]) -> dict[Any, TaskRun]:
    """The runs that exist, locked, by id and by natural key. Another workspace's run of that id is not among them."""
    flow_runs = {report.flow_run_id for report in reports if report.flow_run_id is not None}
    wanted = Q(id__in={report.task_run_id for report in reports})
    if flow_runs:
        wanted |= Q(flow_run_id__in=flow_runs, dynamic_key__in={report.run.dynamic_key for report in reports})
    found: dict[Any, TaskRun] = {}
    for run in TaskRun.objects.select_for_update(no_key=True).filter(wanted, workspace=workspace).order_by("id"):
        found[run.id] = run
        if run.flow_run_id is not None:
            found[run.flow_run_id, run.task_key, run.dynamic_key] = run
    return found


def _move(run: TaskRun, report: Report) -> None:
    given = report.run.model_fields_set
    for field in _FIELDS:
        if field in given:
            setattr(run, field, _column(field, getattr(report.run, field)))
    run.state_id = report.event.id
    run.state_type, run.state_name = report.state.type, report.state.name
    run.state_timestamp = report.event.occurred
    run.updated = timezone.now()


def _column(field: str, value: Any) -> Any:
    if field == "total_run_time":
        return timedelta(seconds=value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return run_name() if field == "name" and not value else value


def _state(workspace: Workspace, report: Report) -> TaskRunState:
    details = NO_DETAILS | report.state.state_details.model_dump(mode="json", exclude_unset=True)
    details["task_run_id"] = str(report.task_run_id)
    details["flow_run_id"] = str(report.flow_run_id) if report.flow_run_id else None
    return TaskRunState(
        id=report.event.id,
        workspace=workspace,
        task_run_id=report.task_run_id,
        type=report.state.type,
        name=report.state.name,
        timestamp=report.event.occurred,
        message=report.state.message,
        state_details=details,
        data=report.state.data,
    )
