"""Note that queues and deployments are polled, with few writes (docs/contract/work-pools.md, "Polling").

A poll writes only if the last one that was noted is some seconds old, or if a status changes by it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from workspaces.deployments.events import store_deployment_event
from workspaces.deployments.models import Deployment
from workspaces.models import Workspace
from workspaces.work_pools.models import NOT_READY, READY, WorkQueue
from workspaces.work_pools.statuses import set_queue_status

NOTED_EVERY = timedelta(seconds=20)


@transaction.atomic
def note_polled_queues(workspace: Workspace, queue_ids: Sequence[UUID]) -> None:
    """Note that these queues are polled. They and their deployments are ready then, unless a queue is paused."""
    queues = WorkQueue.objects.filter(workspace=workspace, id__in=queue_ids)
    # Another poll that has locked a queue notes the same.
    rows = queues.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("work_pool")
    locked = list(rows.order_by("id"))
    now = timezone.now()
    WorkQueue.objects.filter(id__in=[queue.id for queue in locked]).update(last_polled=now)
    for queue in locked:
        if queue.status == NOT_READY:
            set_queue_status(queue, queue.work_pool, READY)
    _set_ready(Deployment.objects.filter(workspace=workspace, work_queue__in=locked))


@transaction.atomic
def note_polled_deployments(workspace: Workspace, deployment_ids: Sequence[UUID]) -> None:
    """Note that these deployments are polled themselves, and are ready."""
    deployments = Deployment.objects.filter(workspace=workspace, id__in=deployment_ids)
    locked = deployments.select_for_update(no_key=True, skip_locked=True).order_by("id").values_list("id", flat=True)
    Deployment.objects.filter(id__in=list(locked)).update(last_polled=timezone.now())
    _set_ready(deployments)


def is_stale(last_polled: datetime | None, status: str, now: datetime) -> bool:
    """Return whether a poll of a row with these values must be noted."""
    return last_polled is None or now - last_polled > NOTED_EVERY or status == NOT_READY


def _set_ready(deployments: QuerySet[Deployment]) -> None:
    """Set the status of those of the deployments that are not ready, and store their events."""
    rows = deployments.filter(status=NOT_READY).select_related("flow", "work_queue__work_pool")
    locked = list(rows.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("id"))
    if not locked:
        return
    Deployment.objects.filter(id__in=[row.id for row in locked]).update(status=READY)
    for row in locked:
        store_deployment_event(row, "ready")
