"""The statuses of work pools, queues and workers, and their changes (docs/contract/work-pools.md, "Statuses").

A status changes together with its event, in a transaction that has locked the row.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from workspaces.work_pools.events import store_pool_status_event, store_queue_status_event
from workspaces.work_pools.models import NOT_READY, OFFLINE, ONLINE, PAUSED, READY, WorkPool, WorkQueue

AGENT = "prefect-agent"  # the type of pools for agents, which have no status
POLLED_WITHIN = timedelta(seconds=60)  # after which nobody seems to poll a queue any more
MISSED_HEARTBEATS = 3
HEARTBEAT_SECONDS = 30
_LONGEST_GAP = timedelta(minutes=10)  # between two events of the status of a pool that follow each other


def worker_status(last_heartbeat: datetime, interval: int | None, now: datetime) -> str:
    """Return the status of a worker, which is offline when it has missed three heartbeats."""
    silence = timedelta(seconds=MISSED_HEARTBEATS * (interval or HEARTBEAT_SECONDS))
    return ONLINE if now - last_heartbeat <= silence else OFFLINE


def pool_status(pool: WorkPool) -> str:
    """Return the status that a pool should have now."""
    if pool.is_paused:
        return PAUSED
    return READY if pool.workers.filter(workspace=pool.workspace_id, status=ONLINE).exists() else NOT_READY


def queue_status(queue: WorkQueue) -> str:
    """Return the status that a queue should have now."""
    if queue.is_paused:
        return PAUSED
    return READY if polled_lately(queue) else NOT_READY


def polled_lately(queue: WorkQueue) -> bool:
    """Return whether somebody polls the queue."""
    return queue.last_polled is not None and timezone.now() - queue.last_polled <= POLLED_WITHIN


def set_pool_status(pool: WorkPool, status: str) -> None:
    """Give a locked or new pool the status, and store the event if it is another one than before."""
    if pool.type == AGENT or (pool.status == status and pool.last_status_event_id is not None):
        return
    now = timezone.now()
    recent = pool.last_transitioned_status_at is not None and now - pool.last_transitioned_status_at < _LONGEST_GAP
    pool.status, pool.last_transitioned_status_at = status, now
    pool.last_status_event_id = store_pool_status_event(pool, pool.last_status_event_id if recent else None)
    pool.save(update_fields=["status", "last_transitioned_status_at", "last_status_event_id"])


def set_queue_status(queue: WorkQueue, pool: WorkPool, status: str) -> None:
    """Give a locked queue of the pool the status, and store the event if it is another one than before."""
    if queue.status == status:
        return
    queue.status = status
    queue.save(update_fields=["status"])
    store_queue_status_event(queue, pool)
