"""Polls for scheduled runs: of workers for a pool, and of agents for a queue.

A poll does not change runs. Two workers may get the same run; whoever is second is told so when it sets the state
PENDING. See docs/contract/work-pools.md, "Polling".
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from core.db.statements import Prepared
from core.errors import NotFound
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.runs.run_access import startable_runs
from workspaces.runs.serialization import serialize_flow_runs
from workspaces.scheduling.due_runs import due_runs
from workspaces.scheduling.polled import is_stale, note_polled_queues
from workspaces.scoping import Access
from workspaces.work_pools.models import WorkQueue
from workspaces.work_pools.serialization import TAKES_SLOT
from workspaces.work_pools.services.queues import missing_message

_queues_of_pool = Prepared(
    lambda workspace, pool: WorkQueue.objects.filter(work_pool__workspace=workspace, work_pool__name=pool).values_list(
        "id",
        "name",
        "status",
        "last_polled",
        "work_pool_id",
        "work_pool__is_paused",
        "work_pool__concurrency_limit",
        "work_pool__restricted",
        "work_pool__run_keys",
    )
)


@dataclass(frozen=True, slots=True)
class PolledQueue:
    id: UUID
    name: str
    status: str
    last_polled: datetime | None

    def is_stale(self, now: datetime) -> bool:
        """Return whether the poll must be noted in the row."""
        return is_stale(self.last_polled, self.status, now)


@dataclass(frozen=True, slots=True)
class PolledPool:
    """A pool with its queues, as one query reads them."""

    id: UUID
    name: str
    is_paused: bool
    concurrency_limit: int | None
    restricted: bool  # whether it has an access list
    run_keys: bool  # whether each run has a key of its own
    queues: Sequence[PolledQueue]


@dataclass(frozen=True, slots=True)
class Window:
    """The times at which runs are scheduled, and the most runs."""

    before: datetime | None
    after: datetime | None
    limit: int


def read_polled_pool(workspace: Workspace, name: str) -> PolledPool | None:
    """Return the workspace's pool with this name, or None. Does not check its access list."""
    rows = _queues_of_pool.rows(workspace.id, name)
    if not rows:  # a pool always has its default queue
        return None
    pool_id, is_paused, limit, restricted, run_keys = rows[0][4:]
    return PolledPool(pool_id, name, is_paused, limit, restricted, run_keys, [PolledQueue(*row[:4]) for row in rows])


def poll_pool(
    workspace: Workspace, pool: PolledPool, queue_names: Collection[str], window: Window
) -> list[dict[str, Any]]:
    """Return the runs that a worker may start now from these queues, or from all of the pool's if none is named.

    Raises `NotFound` if the pool has no queue with one of the names.
    """
    queues = _named(pool, queue_names)
    found: list[tuple[UUID, UUID]] = []
    if not pool.is_paused:
        limit = window.limit if pool.concurrency_limit is None else min(window.limit, _free_slots(workspace, pool))
        found = due_runs([queue.id for queue in queues], before=window.before, after=window.after, limit=limit)
    note_queues(workspace, queues)
    runs = _runs_by_id(workspace, [run_id for _, run_id in found])
    return [
        {"work_pool_id": pool.id, "work_queue_id": queue_id, "flow_run": runs[run_id]}
        for queue_id, run_id in found
        if run_id in runs
    ]


def poll_queue(access: Access, user: User, queue: WorkQueue, window: Window) -> list[dict[str, Any]]:
    """Return the runs that an agent may start now from a queue, with their states.

    A queue with a filter gets the runs of deployments that match it and that the user may run, whatever their queue is.
    """
    workspace = access.workspace
    if queue.filter is None:
        found = due_runs([queue.id], before=window.before, after=window.after, limit=window.limit)
        run_ids = [run_id for _, run_id in found]
        by_id = {row["id"]: row for row in serialize_flow_runs(_runs(workspace, run_ids))} if run_ids else {}
        return [by_id[run_id] for run_id in run_ids if run_id in by_id]
    if queue.is_paused:
        return []
    matching = FlowRun.objects.filter(workspace=workspace, deployment__isnull=False)
    matching = startable_runs(matching, access, user)
    if tags := queue.filter.get("tags"):
        matching = matching.filter(tags__has_all=tags)
    if (deployment_ids := queue.filter.get("deployment_ids")) is not None:
        matching = matching.filter(deployment__in=deployment_ids)
    limit = window.limit
    if queue.concurrency_limit is not None:
        limit = min(limit, max(0, queue.concurrency_limit - matching.filter(state_type__in=TAKES_SLOT).count()))
    return serialize_flow_runs(_scheduled(matching, window)[:limit])


def note_queues(workspace: Workspace, queues: Sequence[PolledQueue]) -> None:
    """Note the poll for those queues that need it."""
    now = timezone.now()
    if stale := [queue.id for queue in queues if queue.is_stale(now)]:
        note_polled_queues(workspace, stale)


def _named(pool: PolledPool, names: Collection[str]) -> Sequence[PolledQueue]:
    if not names:
        return pool.queues
    by_name = {queue.name: queue for queue in pool.queues}
    for name in names:
        if name not in by_name:
            raise NotFound(missing_message(pool.name, name))
    return [by_name[name] for name in dict.fromkeys(names)]


def _free_slots(workspace: Workspace, pool: PolledPool) -> int:
    """Return how many more runs of a pool with a limit may start. Runs in paused queues take slots, too."""
    queue_ids = [queue.id for queue in pool.queues]
    taking = FlowRun.objects.filter(workspace=workspace, work_queue__in=queue_ids, state_type__in=TAKES_SLOT)
    return (pool.concurrency_limit or 0) - taking.count()


def _runs_by_id(workspace: Workspace, run_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the answers for these runs, by id. They come without state and pool, as from Prefect's server."""
    if not run_ids:
        return {}
    rows = serialize_flow_runs(_runs(workspace, run_ids))
    for row in rows:
        row["state"] = None
        del row["work_pool_id"], row["work_pool_name"]
    return {row["id"]: row for row in rows}


def _runs(workspace: Workspace, run_ids: Sequence[UUID]) -> QuerySet[FlowRun]:
    return FlowRun.objects.filter(workspace=workspace, id__in=run_ids)[: len(run_ids)]


def _scheduled(runs: QuerySet[FlowRun], window: Window) -> QuerySet[FlowRun]:
    """Return those of the runs that are scheduled at these times, the earliest first."""
    scheduled = runs.filter(state_type="SCHEDULED")
    if window.before is not None:
        scheduled = scheduled.filter(next_scheduled_start_time__lte=window.before)
    return scheduled.order_by("next_scheduled_start_time", "id")
