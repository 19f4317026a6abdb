"""Which runs take the slots of queues and pools (docs/contract/work-pools.md, "Concurrency status")."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from workspaces.filters.paging import Numbered, numbered_page
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.work_pools.models import WorkPool, WorkQueue
from workspaces.work_pools.serialization import TAKES_SLOT

_OF_QUEUE = (*TAKES_SLOT, "CANCELLING")  # what the status of a single queue counts
_SUMMARY = ("id", "name", "state_type", "state_name", "start_time", "state_timestamp")


def pool_slots(workspace: Workspace, pool: WorkPool, page: Numbered, run_limit: int) -> dict[str, Any]:
    """Return the queues of the pool on a page, each with up to `run_limit` of the runs that take its slots."""
    queues = WorkQueue.objects.filter(workspace=workspace, work_pool=pool)
    rows, page_info = numbered_page(queues.order_by("priority", "id"), page)
    shown = list(rows)
    taking = FlowRun.objects.filter(workspace=workspace, work_queue__work_pool=pool, state_type__in=TAKES_SLOT)
    counts = dict(taking.order_by().values("work_queue").annotate(runs=Count("id")).values_list("work_queue", "runs"))
    runs = _first_runs(taking, [queue.id for queue in shown], run_limit)
    return {
        "active_slots": sum(counts.values()),
        "concurrency_limit": pool.concurrency_limit,
        "queues": [
            {
                "queue_id": queue.id,
                "queue_name": queue.name,
                "active_slots": counts.get(queue.id, 0),
                "concurrency_limit": queue.concurrency_limit,
                "flow_runs": runs.get(queue.id, []),
                "flow_run_count": counts.get(queue.id, 0),
            }
            for queue in shown
        ],
        **page_info,
    }


def queue_slots(workspace: Workspace, queue: WorkQueue, page: Numbered) -> dict[str, Any]:
    """Return the runs on a page of those that take slots of the queue."""
    taking = FlowRun.objects.filter(workspace=workspace, work_queue=queue, state_type__in=_OF_QUEUE)
    rows, page_info = numbered_page(taking.order_by("id"), page)
    now = timezone.now()
    return {
        "active_slots": page_info["count"],
        "concurrency_limit": queue.concurrency_limit,
        "flow_runs": [_summary(row, now) for row in rows.values(*_SUMMARY)],
        **page_info,
    }


def count_runs_by_pool(
    workspace: Workspace, runs: QuerySet[FlowRun], pools: QuerySet[WorkPool], pool_ids: Sequence[UUID]
) -> dict[UUID, int]:
    """Count those of the runs that belong to each of these pools, by the pool's id. Leaves out pools not in `pools`."""
    found = dict.fromkeys(pools.filter(workspace=workspace, id__in=pool_ids).values_list("id", flat=True), 0)
    of_pools = runs.filter(work_queue__work_pool__in=list(found)).order_by()
    counts = of_pools.values("work_queue__work_pool").annotate(runs=Count("id"))
    return found | dict(counts.values_list("work_queue__work_pool", "runs"))


def _first_runs(
    taking: QuerySet[FlowRun], queue_ids: Sequence[UUID], run_limit: int
) -> dict[UUID, list[dict[str, Any]]]:
    """Return the first runs of each queue, by the queue's id."""
    now = timezone.now()
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    if not run_limit:
        return found
    place = Window(RowNumber(), partition_by=F("work_queue"), order_by="id")
    rows = taking.filter(work_queue__in=queue_ids).annotate(place=place).filter(place__lte=run_limit).order_by("id")
    for row in rows.values("work_queue_id", *_SUMMARY):
        found[row.pop("work_queue_id")].append(_summary(row, now))
    return found


def _summary(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    since = row["state_timestamp"]
    return {**row, "time_in_current_state": None if since is None else (now - since).total_seconds()}
