"""Notice that workers are silent, and that queues and deployments are no longer polled.

Locks are taken in the order queue, deployment, pool, each for one short transaction.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, IntegerField, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from workspaces.deployments.events import store_deployment_event
from workspaces.deployments.models import Deployment
from workspaces.work_pools.models import NOT_READY, OFFLINE, ONLINE, READY, Worker, WorkPool, WorkQueue
from workspaces.work_pools.statuses import (
    AGENT,
    HEARTBEAT_SECONDS,
    MISSED_HEARTBEATS,
    POLLED_WITHIN,
    pool_status,
    set_pool_status,
    set_queue_status,
)

_MOST = 500
_SECOND = timedelta(seconds=1)


def note_silence() -> int:
    """Set workers offline, and pools, queues and deployments not ready, as far as nobody is there. Return how many."""
    now = timezone.now()
    return _workers(now) + _pools() + _queues(now) + _deployments(now)


def _workers(now: datetime) -> int:
    # The database compares, since a worker may promise a heartbeat every 68 years: many of these must hide no others.
    interval = Coalesce(
        NullIf("heartbeat_interval_seconds", Value(0)), Value(HEARTBEAT_SECONDS), output_field=IntegerField()
    )
    allowed = ExpressionWrapper(interval * Value(MISSED_HEARTBEATS * _SECOND), output_field=DurationField())
    silent = Worker.objects.filter(
        status=ONLINE,
        last_heartbeat_time__lt=ExpressionWrapper(Value(now) - allowed, output_field=DateTimeField()),
    )
    ids = list(silent.order_by("last_heartbeat_time").values_list("id", flat=True)[:_MOST])
    # With the condition again: a heartbeat may have come meanwhile.
    return silent.filter(id__in=ids).update(status=OFFLINE)


def _pools() -> int:
    ready = WorkPool.objects.filter(status=READY).exclude(type=AGENT)
    deserted = ready.exclude(workers__status=ONLINE).order_by("id").values_list("id", flat=True)[:_MOST]
    return sum(_close_pool(pool_id) for pool_id in list(deserted))


@transaction.atomic
def _close_pool(pool_id: UUID) -> bool:
    pool = WorkPool.objects.select_for_update(no_key=True, skip_locked=True).filter(id=pool_id, status=READY).first()
    if pool is None or pool_status(pool) != NOT_READY:
        return False
    set_pool_status(pool, NOT_READY)
    return True


def _queues(now: datetime) -> int:
    unpolled = Q(last_polled=None) | Q(last_polled__lt=now - POLLED_WITHIN)
    ids = WorkQueue.objects.filter(unpolled, status=READY).order_by("last_polled", "id").values_list("id", flat=True)
    return sum(_close_queue(queue_id, unpolled) for queue_id in list(ids[:_MOST]))


@transaction.atomic
def _close_queue(queue_id: UUID, unpolled: Q) -> bool:
    rows = WorkQueue.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    queue = rows.select_related("work_pool").filter(unpolled, id=queue_id, status=READY).first()
    if queue is None:
        return False
    set_queue_status(queue, queue.work_pool, NOT_READY)
    return True


@transaction.atomic
def _deployments(now: datetime) -> int:
    """Close deployments which neither they nor their queue are polled for, in one statement."""
    old = now - POLLED_WITHIN
    unpolled = Q(last_polled=None) | Q(last_polled__lt=old)
    queue_unpolled = Q(work_queue=None) | Q(work_queue__last_polled=None) | Q(work_queue__last_polled__lt=old)
    rows = Deployment.objects.filter(unpolled, queue_unpolled, status=READY)
    rows = rows.select_related("flow", "work_queue__work_pool")
    locked = list(rows.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("id")[:_MOST])
    Deployment.objects.filter(id__in=[row.id for row in locked]).update(status=NOT_READY)
    for row in locked:
        store_deployment_event(row, "not-ready")
    return len(locked)
