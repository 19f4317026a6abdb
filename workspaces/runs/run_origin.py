"""The deployment and the work queue that a run comes from, as its events name them.

A run keeps the id of a deployment that was deleted, and clients may send any id. So a deployment that is gone, or that
belongs to another workspace, counts as none.
"""

from typing import Any

from core.db.statements import Prepared
from workspaces.deployments.models import Deployment
from workspaces.runs.models import FlowRun
from workspaces.work_pools.models import WorkPool, WorkQueue

_columns = Prepared(
    lambda run: FlowRun.objects.filter(id=run).values_list(
        "deployment__workspace_id",
        "deployment__name",
        "deployment__tags",
        "work_queue__workspace_id",
        "work_queue__name",
        "work_queue__work_pool_id",
        "work_queue__work_pool__name",
        "work_queue__work_pool__type",
    )
)
_deployment_field: Any = FlowRun._meta.get_field("deployment")
_queue_field: Any = FlowRun._meta.get_field("work_queue")


def load_origin(run: FlowRun) -> None:
    """Set the run's deployment and queue, with as much of them as events need, in at most one query."""
    deployment = queue = None
    if run.deployment_id is not None or run.work_queue_id is not None:
        row = _columns.first(run.id) or (None,) * 8
        owner, name, tags, queue_owner, queue_name, pool_id, pool_name, pool_type = row
        if owner is not None:
            deployment = Deployment(id=run.deployment_id, workspace_id=owner, name=name, tags=tags)
        if queue_owner is not None:
            pool = WorkPool(id=pool_id, workspace_id=queue_owner, name=pool_name, type=pool_type)
            queue = WorkQueue(id=run.work_queue_id, workspace_id=queue_owner, name=queue_name, work_pool=pool)
    _deployment_field.set_cached_value(run, deployment)
    _queue_field.set_cached_value(run, queue)


def deployment_of(run: FlowRun) -> Deployment | None:
    """Return the deployment that the run comes from, or None."""
    try:
        deployment = run.deployment
    except Deployment.DoesNotExist:
        return None
    return deployment if deployment is not None and deployment.workspace_id == run.workspace_id else None


def queue_of(run: FlowRun) -> WorkQueue | None:
    """Return the queue of the run, or None."""
    try:
        queue = run.work_queue
    except WorkQueue.DoesNotExist:
        return None
    return queue if queue is not None and queue.workspace_id == run.workspace_id else None
