"""Turn rows into answers of the API. JSON columns are passed on as the text that is stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils import timezone

from workspaces.bounded_reading import RowReader, as_text, fragment
from workspaces.models import Workspace
from workspaces.work_pools.models import Worker, WorkPool, WorkQueue
from workspaces.work_pools.statuses import AGENT, worker_status

TAKES_SLOT = ("PENDING", "RUNNING")  # the types of the states in which a run takes a slot of its queue and its pool


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_POOL = _names(
    "id created updated name description type is_paused concurrency_limit status default_queue_id storage_configuration"
)
_QUEUE = _names(
    "id created updated name description is_paused concurrency_limit priority work_pool_id last_polled status filter"
)
_WORKER = _names("id created updated name work_pool_id last_heartbeat_time heartbeat_interval_seconds integrations")
_pools = RowReader(WorkPool, *_POOL)
_pools_with_templates = RowReader(WorkPool, *_POOL, *as_text("base_job_template"))
_queues = RowReader(WorkQueue, *_QUEUE, "work_pool__name")


def serialize_pools(workspace: Workspace, pools: QuerySet[WorkPool], *, templates: bool = True) -> list[dict[str, Any]]:
    """Return the answers for pools, in the queryset's order. Without `templates`, the job templates are empty."""
    reader = _pools_with_templates if templates else _pools
    rows = [dict(zip((*_POOL, "base_job_template"), values, strict=False)) for values in reader.read(pools)]
    limited = [row["id"] for row in rows if row["concurrency_limit"] is not None]
    slots = _active_slots(workspace, limited, "work_pool")
    for row in rows:
        row["base_job_template"] = fragment(row["base_job_template"]) if templates else {}
        if row["type"] == AGENT:
            row["status"] = None
        row["active_slots"] = None if row["concurrency_limit"] is None else slots.get(row["id"], 0)
    return rows


def serialize_queues(workspace: Workspace, queues: QuerySet[WorkQueue]) -> list[dict[str, Any]]:
    """Return the answers for queues, in the queryset's order."""
    rows = [dict(zip((*_QUEUE, "work_pool_name"), values, strict=True)) for values in _queues.read(queues)]
    limited = [row["id"] for row in rows if row["concurrency_limit"] is not None]
    slots = _active_slots(workspace, limited, "id")
    for row in rows:
        row["active_slots"] = None if row["concurrency_limit"] is None else slots.get(row["id"], 0)
    return rows


def serialize_workers(workers: QuerySet[Worker]) -> list[dict[str, Any]]:
    """Return the answers for workers, in the queryset's order. The status is that of this moment."""
    now = timezone.now()
    return [_worker(dict(zip(_WORKER, values, strict=True)), now) for values in workers.values_list(*_WORKER)]


def _worker(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    row["status"] = worker_status(row["last_heartbeat_time"], row["heartbeat_interval_seconds"], now)
    row["metadata_"] = {"integrations": row.pop("integrations")}
    return row


def _active_slots(workspace: Workspace, ids: Sequence[UUID], key: str) -> dict[UUID, int]:
    """Count the runs that take slots of these queues (`id`) or pools (`work_pool`), by their ids."""
    if not ids:
        return {}
    queues = WorkQueue.objects.filter(workspace=workspace, **{f"{key}__in": ids})
    taking = queues.filter(runs__workspace=workspace, runs__state_type__in=TAKES_SLOT)
    return dict(taking.order_by().values(key).annotate(slots=Count("runs")).values_list(key, "slots"))
