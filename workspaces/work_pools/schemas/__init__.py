"""Schemas of work pools, their queues and workers (docs/contract/work-pools.md, "Work pools")."""

from workspaces.work_pools.schemas.pools import (
    WorkPool,
    WorkPoolCreate,
    WorkPoolPage,
    WorkPoolsCount,
    WorkPoolsFilter,
    WorkPoolsMyAccess,
    WorkPoolsPaginate,
    WorkPoolUpdate,
)
from workspaces.work_pools.schemas.queues import (
    WorkQueue,
    WorkQueueCreate,
    WorkQueuePage,
    WorkQueuesFilter,
    WorkQueuesPaginate,
    WorkQueueStatus,
    WorkQueueUpdate,
)
from workspaces.work_pools.schemas.run_keys import RunKeys, RunKeysUpdate
from workspaces.work_pools.schemas.workers import Heartbeat, Worker, WorkerPage, WorkersFilter, WorkersPaginate

__all__ = [
    "Heartbeat",
    "RunKeys",
    "RunKeysUpdate",
    "WorkPool",
    "WorkPoolCreate",
    "WorkPoolPage",
    "WorkPoolUpdate",
    "WorkPoolsCount",
    "WorkPoolsFilter",
    "WorkPoolsMyAccess",
    "WorkPoolsPaginate",
    "WorkQueue",
    "WorkQueueCreate",
    "WorkQueuePage",
    "WorkQueueStatus",
    "WorkQueueUpdate",
    "WorkQueuesFilter",
    "WorkQueuesPaginate",
    "Worker",
    "WorkerPage",
    "WorkersFilter",
    "WorkersPaginate",
]
