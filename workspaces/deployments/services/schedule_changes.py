"""Which schedules an update of a deployment replaces, changes and adds (docs/contract/deployments.md, "Update")."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from core.errors import Invalid
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.deployments.schemas import DeploymentScheduleCreate, DeploymentScheduleUpdate
from workspaces.deployments.services.schedules import change_schedule, insert_schedules

_NEEDS_SCHEDULE = "Unable to create new deployment schedules without a schedule configuration."
_NEEDS_SLUGS = "Please provide a slug for each schedule in your request to ensure schedules are updated correctly."


@dataclass(frozen=True, slots=True)
class ScheduleChanges:
    """What to do: replace all schedules, or change and add some."""

    replaces_all: bool = False
    to_change: list[DeploymentScheduleUpdate] = field(default_factory=list)
    to_add: list[DeploymentScheduleUpdate] = field(default_factory=list)


def plan_changes(
    existing: Sequence[DeploymentSchedule], given: Sequence[DeploymentScheduleUpdate] | None
) -> ScheduleChanges:
    """Compare the schedules of a deployment with those of a request, or None if it has none. Raises `Invalid`."""
    if not existing or any(row.slug is None for row in existing):
        if given is None:
            return ScheduleChanges()
        return ScheduleChanges(replaces_all=True, to_add=[body for body in given if body.schedule is not None])
    bodies = given or []
    if any(body.slug is None for body in bodies):
        raise Invalid(_NEEDS_SLUGS)
    slugs = {row.slug for row in existing}
    _check_renames(bodies, slugs)
    changes = ScheduleChanges()
    for body in bodies:
        if (body.replaces or body.slug) in slugs:
            changes.to_change.append(body)
        elif body.schedule is not None:
            changes.to_add.append(body)
        else:
            raise Invalid(_NEEDS_SCHEDULE)
    return changes


def apply_changes(deployment: Deployment, changes: ScheduleChanges) -> None:
    """Apply the changes to a locked deployment. Raises `Taken` for a slug given twice, and `Invalid` above the cap."""
    if changes.replaces_all:
        deployment.schedules.all().delete()
    now = timezone.now()
    rows = {row.slug: row for row in deployment.schedules.all()}
    # Two schedules can swap their slugs, so the old ones are cleared first.
    renamed = {body.replaces for body in changes.to_change if body.replaces}
    deployment.schedules.filter(slug__in=renamed).update(slug=None)
    for body in changes.to_change:
        if body.replaces or body.slug not in renamed:
            change_schedule(rows[body.replaces or body.slug], body, now)
    insert_schedules(deployment, [_as_new(body) for body in changes.to_add])


def _check_renames(bodies: Sequence[DeploymentScheduleUpdate], slugs: set[str | None]) -> None:
    """Raise `Invalid` if two requests rename the same schedule, or one would get the slug of another that keeps it."""
    replaced: set[str] = set()
    for body in bodies:
        if body.replaces:
            if body.replaces in replaced:
                raise Invalid(f"Multiple schedules have 'replaces' targeting the same slug: {body.replaces}")
            replaced.add(body.replaces)
    for body in bodies:
        if body.replaces and body.slug in slugs and body.slug not in replaced:
            raise Invalid(
                f"Cannot rename schedule from '{body.replaces}' to '{body.slug}': "
                f"a schedule with slug '{body.slug}' already exists."
            )


def _as_new(body: DeploymentScheduleUpdate) -> DeploymentScheduleCreate:
    if body.schedule is None:
        raise Invalid(_NEEDS_SCHEDULE)
    return DeploymentScheduleCreate.model_construct(
        schedule=body.schedule,
        active=True if body.active is None else body.active,
        max_scheduled_runs=body.max_scheduled_runs,
        parameters=body.parameters,
        slug=body.slug,
    )
