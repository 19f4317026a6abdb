"""Work pools, their queues and their workers (docs/contract/work-pools.md, "Work pools")."""

from workspaces.work_pools.models.pools import (
    NOT_READY,
    PAUSED,
    READY,
    WorkPool,
    WorkPoolGroupPermission,
    WorkPoolUserPermission,
)
from workspaces.work_pools.models.queues import WorkQueue
from workspaces.work_pools.models.workers import OFFLINE, ONLINE, Worker

__all__ = [
    "NOT_READY",
    "OFFLINE",
    "ONLINE",
    "PAUSED",
    "READY",
    "WorkPool",
    "WorkPoolGroupPermission",
    "WorkPoolUserPermission",
    "WorkQueue",
    "Worker",
]
