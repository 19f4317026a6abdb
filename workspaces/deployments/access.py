"""Deployments and work pools that a caller may view, run or manage by their access lists."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from rbac.access_lists import RUN
from workspaces.access_lists import permitted_row, visible_rows
from workspaces.deployments.models import Deployment, DeploymentVersion
from workspaces.scoping import Access
from workspaces.work_pools.models import WorkPool

GOVERNED_BY = "work_queue__work_pool"  # if the pool has an access list, it is that of its deployments
NOT_FOUND = "Deployment not found"


def visible_deployments(access: Access, user: User, level: str) -> QuerySet[Deployment]:
    """Return the deployments of the workspace on which the user has the level by access lists."""
    rows = Deployment.objects.filter(workspace=access.workspace)
    return visible_rows(rows, access, user, level, governed_by=GOVERNED_BY)


def find_deployment(
    access: Access, user: User, deployment_id: UUID, level: str, *, missing: str = NOT_FOUND
) -> Deployment:
    """Return a deployment with its flow, queue and pool.

    Raises `NotFound` with the text `missing` if the user may not view it, and `Forbidden` if they lack the level.
    """
    rows = Deployment.objects.filter(workspace=access.workspace, id=deployment_id)
    rows = rows.select_related("flow", "work_queue__work_pool")
    return permitted_row(rows, access, user, level, missing=missing, governed_by=GOVERNED_BY)


def find_pool(access: Access, user: User, name: str) -> WorkPool:
    """Return the work pool with this name, for deployments and runs. Raises `NotFound`, and `Forbidden` without RUN."""
    rows = WorkPool.objects.filter(workspace=access.workspace, name=name).select_related("default_queue")
    return permitted_row(rows, access, user, RUN, missing=f'Work pool "{name}" not found.')


def check_pool_of_version(access: Access, user: User, deployment: Deployment, version: DeploymentVersion) -> None:
    """Check that the user may run the pool to which promoting a version would move the deployment.

    Raises `NotFound` and `Forbidden` as `find_pool` does.
    """
    queue_id = version.snapshot["work_queue_id"]
    if queue_id is None or str(deployment.work_queue_id) == queue_id:
        return
    if (pool := WorkPool.objects.filter(workspace=access.workspace, queues=queue_id).first()) is not None:
        find_pool(access, user, pool.name)
