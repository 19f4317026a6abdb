"""What pages show of work pools, read for all pools of a page at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q

from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.display_state import display_state, in_display_states
from workspaces.work_pools.models import NOT_READY, ONLINE, PAUSED, READY, Worker, WorkPool, WorkQueue
from workspaces.work_pools.statuses import AGENT
from workspaces.work_pools.worker_types import worker_types

ACTIVE = ("running", "pending", "late")
STATUS_WORDS = {READY: "Ready", NOT_READY: "Not ready", PAUSED: "Paused"}
STATUS_TAGS = {READY: "good", NOT_READY: "warn", PAUSED: ""}
STATUS_ICONS = {READY: "circle-check", NOT_READY: "circle-alert", PAUSED: "circle-pause"}
_TYPE_ICONS = {"process": "terminal", "docker": "container", "kubernetes": "ship-wheel"}


@dataclass(slots=True)
class PoolRow:
    """A work pool in a list. `runs` counts the runs in each state of `ACTIVE`."""

    pool: WorkPool
    queues: int = 0
    last_polled: datetime | None = None
    workers: int = 0
    online: int = 0
    runs: dict[str, int] = field(default_factory=dict)

    @property
    def type_name(self) -> str:
        return type_name(self.pool.type)

    @property
    def type_icon(self) -> str:
        return type_icon(self.pool.type)

    @property
    def status(self) -> dict[str, str]:
        return status_look(self.pool)

    @property
    def slots(self) -> int:
        """The number of runs that take slots."""
        return self.runs.get("running", 0) + self.runs.get("pending", 0)


def pool_rows(workspace: Workspace, pools: Sequence[WorkPool]) -> list[PoolRow]:
    """Return a row for each pool, with three queries whatever their number."""
    rows = {pool.id: PoolRow(pool) for pool in pools}
    ids = list(rows)
    queues = WorkQueue.objects.filter(workspace=workspace, work_pool__in=ids).order_by().values("work_pool")
    for found in queues.annotate(queues=Count("pk"), polled=Max("last_polled")):
        row = rows[found["work_pool"]]
        row.queues, row.last_polled = found["queues"], found["polled"]
    workers = Worker.objects.filter(workspace=workspace, work_pool__in=ids).order_by().values("work_pool")
    for of_pool in workers.annotate(workers=Count("pk"), online=Count("pk", filter=Q(status=ONLINE))):
        row = rows[of_pool["work_pool"]]
        row.workers, row.online = of_pool["workers"], of_pool["online"]
    for pool_id, counts in active_runs(workspace, "work_queue__work_pool", ids).items():
        rows[pool_id].runs = counts
    return list(rows.values())


def active_runs(workspace: Workspace, path: str, ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Count the running, pending and late runs of pools or queues, whose ids stand at `path`, by id and state."""
    active = FlowRun.objects.filter(in_display_states(ACTIVE), workspace=workspace, **{f"{path}__in": ids})
    counts: dict[UUID, dict[str, int]] = {}
    for row in active.order_by().values(path, "state_type", "state_name").annotate(runs=Count("pk")):
        of_one = counts.setdefault(row[path], {})
        state = display_state(row["state_type"], row["state_name"])
        of_one[state] = of_one.get(state, 0) + row["runs"]
    return counts


def status_look(row: Any) -> dict[str, str]:
    """Return what a page shows as the status of a pool or a queue. Pools for agents have none."""
    if getattr(row, "type", "") == AGENT:
        return {"name": "Paused" if row.is_paused else "For agents", "tag": "", "icon": "circle-pause"}
    return {
        "name": STATUS_WORDS[row.status],
        "tag": STATUS_TAGS[row.status],
        "icon": STATUS_ICONS[row.status],
    }


def type_name(kind: str) -> str:
    """Return the name of a type of workers, or the type itself if it is not a known one."""
    known = find_type(kind)
    return str(known["display_name"]) if known else kind


def find_type(kind: str) -> dict[str, Any] | None:
    """Return what is known of a type of workers, or None."""
    return next((types[kind] for types in worker_types().values() if kind in types), None)


def type_icon(kind: str) -> str:
    """Return the name of the icon of a type of workers."""
    return _TYPE_ICONS.get(kind, "cloud")
