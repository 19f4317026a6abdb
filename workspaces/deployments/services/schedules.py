"""Add, change and delete schedules of a deployment."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.db.unique import refuse_taken
from core.errors import Invalid, NotFound
from workspaces.audit import record_in
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.deployments.schedule_dates import RRuleSchedule, Schedule
from workspaces.deployments.schemas import MOST_SCHEDULES, DeploymentScheduleCreate, DeploymentScheduleUpdate
from workspaces.deployments.services.locks import lock_deployment
from workspaces.deployments.services.scheduled_runs import remove_scheduled_runs

SLUG_TAKEN = "Schedule slugs must be unique within a deployment."
NOT_FOUND = "Schedule not found."


@transaction.atomic
def add_schedules(
    deployment: Deployment, bodies: Sequence[DeploymentScheduleCreate], *, actor: Actor
) -> list[DeploymentSchedule]:
    """Add schedules. Raises `NotFound` if the deployment is gone, `Taken` for a slug that it has, and `Invalid` above
    the cap.
    """
    deployment = lock_deployment(deployment)
    rows = insert_schedules(deployment, bodies, keep_most=True)
    for row in rows:
        _record(deployment, "created", row, actor=actor)
    return rows


@transaction.atomic
def update_schedule(
    deployment: Deployment, schedule: DeploymentSchedule, body: DeploymentScheduleUpdate, *, actor: Actor
) -> None:
    """Change the fields that the request has, and remove the runs that the deployment's schedules have created.

    Raises `NotFound` if the deployment or the schedule is gone, and `Taken` for a slug that the deployment has.
    """
    deployment = lock_deployment(deployment)
    row = deployment.schedules.filter(id=schedule.id).first()
    if row is None:
        raise NotFound(NOT_FOUND)
    fields = change_schedule(row, body, timezone.now())
    remove_scheduled_runs(deployment)
    _record(deployment, "updated", row, actor=actor, fields=fields)


@transaction.atomic
def delete_schedule(deployment: Deployment, schedule: DeploymentSchedule, *, actor: Actor) -> None:
    """Delete a schedule, and the runs that the deployment's schedules have created. Raises `NotFound` if it is gone."""
    deployment = lock_deployment(deployment)
    deleted, _ = deployment.schedules.filter(id=schedule.id).delete()
    if not deleted:
        raise NotFound(NOT_FOUND)
    remove_scheduled_runs(deployment, future_only=False)
    _record(deployment, "deleted", schedule, actor=actor)


@transaction.atomic
def set_schedules_active(deployment: Deployment, active: bool, *, actor: Actor) -> None:
    """Activate or deactivate all schedules of a deployment, as older clients do. Raises `NotFound` if it is gone."""
    deployment = lock_deployment(deployment)
    changed = list(deployment.schedules.exclude(active=active))
    deployment.schedules.filter(id__in=[row.id for row in changed]).update(
        active=active, look_at=None, updated=timezone.now()
    )
    if not active:
        remove_scheduled_runs(deployment, future_only=False)
    for row in changed:
        _record(deployment, "updated", row, actor=actor, fields=["active"])


def insert_schedules(
    deployment: Deployment, bodies: Iterable[DeploymentScheduleCreate], *, keep_most: bool = False
) -> list[DeploymentSchedule]:
    """Insert schedules of a locked deployment. `keep_most`: whether to keep `max_scheduled_runs`.

    Raises `Taken` for a slug that the deployment has, and `Invalid` above the cap.
    """
    now = timezone.now()
    rows = [
        DeploymentSchedule(
            workspace_id=deployment.workspace_id,
            deployment=deployment,
            schedule=stored_schedule(body.schedule, now),
            active=body.active,
            max_scheduled_runs=body.max_scheduled_runs if keep_most else None,
            parameters=body.parameters,
            slug=body.slug,
            created=now,
            updated=now,
        )
        for body in bodies
    ]
    if rows and deployment.schedules.count() + len(rows) > MOST_SCHEDULES:
        raise Invalid(f"A deployment cannot have more than {MOST_SCHEDULES} schedules.")
    with refuse_taken(SLUG_TAKEN):
        return DeploymentSchedule.objects.bulk_create(rows)


def change_schedule(row: DeploymentSchedule, body: DeploymentScheduleUpdate, now: datetime) -> list[str]:
    """Change a schedule, and return the names of the changed fields. Raises `Taken` for a taken slug."""
    values: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set - {"replaces", "schedule"}}
    if body.schedule is not None:
        values["schedule"] = stored_schedule(body.schedule, now)
    if values.get("active", False) is None:
        del values["active"]
    for name, value in values.items():
        setattr(row, name, value)
    row.updated, row.look_at = now, None
    with refuse_taken(SLUG_TAKEN):
        row.save(update_fields=[*values, "updated", "look_at"])
    return sorted(values)


def stored_schedule(schedule: Schedule, now: datetime) -> dict[str, Any]:
    """Return a schedule as it is stored and answered."""
    stored = schedule.anchored(now) if isinstance(schedule, RRuleSchedule) else schedule
    return stored.model_dump(mode="json")


def _record(deployment: Deployment, action: str, schedule: DeploymentSchedule, *, actor: Actor, **detail: Any) -> None:
    record_in(
        deployment.workspace,
        f"deployment-schedule.{action}",
        actor=actor,
        object_id=schedule.id,
        object_name=f"{deployment.name}: {schedule}",
        deployment=str(deployment.id),
        **detail,
    )
