"""Read what clients report about task runs in events (docs/contract/runs.md, "Recording task runs")."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workspaces.events.models import Event
from workspaces.runs.schemas import StateDetails, TaskRunPolicy
from workspaces.shapes import HalfKey, Key, Labels, StateType, Tags, Time

_PREFIX = "prefect.task-run."
_LARGEST = 2**31 - 1  # that the columns hold; in seconds, 68 years


class ReportedTaskRun(BaseModel):
    """The task run in an event. Fields that are left out do not change the stored task run."""

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
    """The state in an event that the task run has entered."""

    model_config = ConfigDict(extra="ignore")

    type: StateType
    name: Key
    message: str | None = None
    state_details: StateDetails = StateDetails()
    data: Any = None


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore")

    validated_state: ReportedState
    task_run: ReportedTaskRun


@dataclass(slots=True)
class Report:
    """An event that reports a state of a task run."""

    task_run_id: UUID
    flow_run_id: UUID | None
    event: Event
    state: ReportedState
    task_run: ReportedTaskRun

    @property
    def natural_key(self) -> tuple[UUID | None, str, str]:
        """The flow run, task key and dynamic key, which identify a task run as well as its id does."""
        return self.flow_run_id, self.task_run.task_key, self.task_run.dynamic_key


def parse_report(event: Event) -> Report | None:
    """Return the report in an event, or None if the event is not about a task run or is malformed."""
    if not event.event.startswith(_PREFIX) or event.resource.get("prefect.orchestration") != "client":
        return None
    try:
        payload = _Payload.model_validate(event.payload)
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
