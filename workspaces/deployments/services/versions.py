"""Keep, promote and delete versions of deployments."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.errors import Conflict, NotFound
from workspaces.audit import record_in
from workspaces.deployments.events import changed_values, store_deployment_event, tracked_values
from workspaces.deployments.models import Deployment, DeploymentVersion
from workspaces.deployments.services.locks import lock_deployment
from workspaces.deployments.services.scheduled_runs import remove_scheduled_runs
from workspaces.deployments.services.work_queues import set_queue
from workspaces.provenance import created_by
from workspaces.work_pools.models import WorkQueue

MOST_VERSIONS = 100  # of a deployment; the oldest are deleted
NOT_FOUND = "Deployment version not found"
_FIELDS = (
    "version",
    "description",
    "path",
    "entrypoint",
    "tags",
    "labels",
    "parameters",
    "parameter_openapi_schema",
    "enforce_parameter_schema",
    "pull_steps",
    "job_variables",
)


def add_version(deployment: Deployment, version_info: dict[str, Any], *, actor: Actor) -> None:
    """Keep a locked deployment as it is now, as its current version. Deploying the same version again replaces it."""
    now = timezone.now()
    version = deployment.current_version
    if version is None or version.version_info != version_info:
        _leave_current(deployment)
        version = DeploymentVersion(
            workspace_id=deployment.workspace_id,
            deployment=deployment,
            version_info=version_info,
            created_by=created_by(actor),
            created=now,
        )
    version.snapshot, version.updated = _snapshot(deployment), now
    version.save()
    deployment.current_version = version
    deployment.save(update_fields=["current_version"])
    outdated = deployment.versions.exclude(id=version.id).order_by("-id")[MOST_VERSIONS - 1 :]
    deployment.versions.filter(id__in=list(outdated.values_list("id", flat=True))).delete()


@transaction.atomic
def promote_version(deployment: Deployment, version: DeploymentVersion, *, reason: str | None, actor: Actor) -> None:
    """Make the deployment what it was as of a version. Raises `NotFound` if one of them was deleted meanwhile."""
    deployment = lock_deployment(deployment)
    version = _current_version(deployment, version)
    before = tracked_values(deployment)
    _leave_current(deployment)
    for name in _FIELDS:
        setattr(deployment, name, version.snapshot[name])
    queue_id = version.snapshot["work_queue_id"]
    queues = WorkQueue.objects.filter(workspace=deployment.workspace_id, id=queue_id).select_related("work_pool")
    # A queue that was deleted since cannot come back. The deployment stays where it is.
    if queue_id is None or (queue := queues.first()) is not None:
        set_queue(deployment, queue if queue_id else None)
    deployment.current_version = version
    deployment.updated, deployment.updated_by = timezone.now(), created_by(actor)
    deployment.save()
    version.updated = deployment.updated
    version.save(update_fields=["updated"])
    remove_scheduled_runs(deployment)
    record_in(
        deployment.workspace,
        "deployment.promoted",
        actor=actor,
        object_id=deployment.id,
        object_name=deployment.name,
        version=str(version.id),
        reason=reason or "",
    )
    if changes := changed_values(before, deployment):
        store_deployment_event(deployment, "updated", changes=changes)


@transaction.atomic
def delete_version(deployment: Deployment, version: DeploymentVersion, *, actor: Actor) -> None:
    """Delete a version. Raises `Conflict` if it is the current one, and `NotFound` if it was deleted meanwhile."""
    deployment = lock_deployment(deployment)
    version = _current_version(deployment, version)
    if version.id == deployment.current_version_id:
        raise Conflict("This is the current version of the deployment. Promote another one first.")
    record_in(
        deployment.workspace,
        "deployment-version.deleted",
        actor=actor,
        object_id=version.id,
        object_name=deployment.name,
        deployment=str(deployment.id),
    )
    version.delete()


def _current_version(deployment: Deployment, version: DeploymentVersion) -> DeploymentVersion:
    """Return the version as it is now. The deployment must be locked. Raises `NotFound` if it was deleted."""
    current = deployment.versions.filter(id=version.id).first()
    if current is None:
        raise NotFound(NOT_FOUND)
    return current


def _leave_current(deployment: Deployment) -> None:
    """Note on the current version that it was current until now."""
    if (version := deployment.current_version) is not None:
        version.updated = timezone.now()
        version.save(update_fields=["updated"])


def _snapshot(deployment: Deployment) -> dict[str, Any]:
    queue = deployment.work_queue
    return {
        **{name: getattr(deployment, name) for name in _FIELDS},
        "work_queue_id": str(queue.id) if queue else None,
        "work_queue_name": queue.name if queue else deployment.work_queue_name,
        "work_pool_name": queue.work_pool.name if queue else None,
    }
