"""The work pools of the demo: one with queues and a worker, and one that waits for its first worker."""

from auditlog.actors import Actor
from workspaces.models import Workspace
from workspaces.scheduling.polled import note_polled_queues
from workspaces.work_pools.models import WorkPool
from workspaces.work_pools.services.pools import create_pool
from workspaces.work_pools.services.queues import create_queue
from workspaces.work_pools.services.workers import note_heartbeat
from workspaces.work_pools.worker_types import worker_types

_POOLS = (
    ("kubernetes-prod", "prefect-kubernetes", "kubernetes", "Jobs in the production cluster", 20),
    ("processes", "prefect", "process", "Small runs on the shared machine", None),
)


def add_work_pools(workspace: Workspace, *, actor: Actor) -> list[WorkPool]:
    """Create the pools in a workspace, and return them."""
    pools = [
        create_pool(
            workspace,
            {
                "name": name,
                "type": kind,
                "description": description,
                "concurrency_limit": limit,
                "base_job_template": worker_types()[package][kind]["default_base_job_configuration"],
            },
            actor=actor,
        )
        for name, package, kind, description, limit in _POOLS
    ]
    create_queue(pools[0], {"name": "urgent", "priority": 1, "description": "Before all others"}, actor=actor)
    create_queue(pools[0], {"name": "backfill", "concurrency_limit": 3}, actor=actor)
    integrations = [{"name": "prefect-kubernetes", "version": "0.6.1"}]
    note_heartbeat(pools[0], "KubernetesWorker 1", interval=30, integrations=integrations, actor=actor)
    note_polled_queues(workspace, list(pools[0].queues.values_list("id", flat=True)))
    return pools
