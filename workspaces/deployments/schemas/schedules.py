"""Schedules of deployments."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field

from workspaces.deployments.schedule_dates import Schedule
from workspaces.shapes import Body, HalfKey, LimitedJson, Resource, Time

MOST_SCHEDULES = 100  # of a deployment
MOST_SCHEDULED_RUNS = 50

ScheduledRuns = Annotated[int, Field(gt=0, le=MOST_SCHEDULED_RUNS)]
ScheduleParameters = Annotated[dict[str, Any], LimitedJson]


class DeploymentScheduleCreate(Body):
    schedule: Schedule
    active: bool = True
    max_scheduled_runs: ScheduledRuns | None = None
    parameters: ScheduleParameters = {}
    slug: HalfKey | None = None
    replaces: str | None = None


class DeploymentScheduleUpdate(Body):
    """Fields of a schedule to change. `replaces` is the slug of the schedule that gets the slug of this one."""

    schedule: Schedule | None = None
    active: bool | None = None
    max_scheduled_runs: ScheduledRuns | None = None
    parameters: ScheduleParameters = {}
    slug: HalfKey | None = None
    replaces: str | None = None


class DeploymentSchedule(Resource):
    # Schedules are returned as they were stored, after they were validated.
    FIELDS: ClassVar[tuple[str, ...]] = (
        "id", "created", "updated", "deployment_id", "schedule", "active", "max_scheduled_runs", "parameters", "slug",
    )  # fmt: skip

    id: UUID
    created: Time | None
    updated: Time | None
    deployment_id: UUID | None
    schedule: Schedule
    active: bool
    max_scheduled_runs: ScheduledRuns | None
    parameters: dict[str, Any]
    slug: str | None


NewSchedules = Annotated[list[DeploymentScheduleCreate], Field(max_length=MOST_SCHEDULES)]
