"""Which work queue the runs of a deployment go to."""

from auditlog.actors import Actor
from workspaces.deployments.models import Deployment
from workspaces.models import Workspace
from workspaces.work_pools.models import WorkPool, WorkQueue
from workspaces.work_pools.services.pools import get_or_create_agent_pool
from workspaces.work_pools.services.queues import get_or_create_queue


def choose_queue(
    workspace: Workspace, pool: WorkPool | None, queue_name: str | None, *, actor: Actor
) -> WorkQueue | None:
    """Return the queue of the pool with this name, which is created if there is none, or the pool's default queue.

    A queue without a pool is one of the pool for agents. Without both, return None.
    """
    if pool is None and not queue_name:
        return None
    pool = pool or get_or_create_agent_pool(workspace, actor=actor)
    queue = get_or_create_queue(pool, queue_name, actor=actor) if queue_name else pool.default_queue
    if queue is not None:
        queue.work_pool = pool
    return queue


def set_queue(deployment: Deployment, queue: WorkQueue | None) -> None:
    """Set the queue of a deployment, without saving it."""
    deployment.work_queue = queue
    deployment.work_queue_name = queue.name if queue else None
