"""Why a run that should have started has not (docs/scheduling.md, "Why is a run late?").

Each reason has a code for programs, a sentence for people, and the ids of what it speaks of.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from workspaces.concurrency.models import Lease
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.runs.states import PENDING, SCHEDULED
from workspaces.scheduling.late_runs import LATE_AFTER
from workspaces.work_pools.models import ONLINE, Worker, WorkPool, WorkQueue
from workspaces.work_pools.serialization import TAKES_SLOT
from workspaces.work_pools.statuses import POLLED_WITHIN, worker_status

_MOST_RUNS = 10


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why a run has not started. `object_id` is the row to look at, `flow_run_ids` the runs in the way."""

    code: str
    message: str
    object_type: str | None = None
    object_id: UUID | None = None
    object_name: str | None = None
    since: datetime | None = None
    flow_run_ids: list[UUID] = field(default_factory=list)


def late_reasons(workspace: Workspace, run: FlowRun) -> list[Reason]:
    """Return the reasons why the run has not started, the decisive one first. Empty if it is not late."""
    now = timezone.now()
    if run.state_type == PENDING:
        return [_not_started(run)]
    due = run.next_scheduled_start_time
    waits_for_slot = run.state_name == "AwaitingConcurrencySlot"
    if run.state_type != SCHEDULED or (not waits_for_slot and (due is None or due > now - LATE_AFTER)):
        return []
    if run.deployment_id is None:
        return [Reason("no_deployment", "The run has no deployment, so no worker takes it. Start it by hand.")]
    rows = Deployment.objects.select_related("concurrency_limit", "work_queue__work_pool")
    deployment = rows.filter(workspace=workspace, id=run.deployment_id).first()
    if deployment is None:
        message = "The run's deployment was deleted, so workers cannot start it."
        return [Reason("deployment_deleted", message, "deployment", run.deployment_id)]
    reasons = [*_slot_reasons(workspace, deployment, now), *_queue_reasons(workspace, run, deployment, now)]
    reasons += _schedule_reasons(workspace, run, deployment)
    return reasons or [_soon(deployment)]


def _not_started(run: FlowRun) -> Reason:
    message = "A worker has taken the run, but the process that it should start has not reported yet."
    return Reason("not_started", message, "flow-run", run.id, run.name, run.state_timestamp)


def _slot_reasons(workspace: Workspace, deployment: Deployment, now: datetime) -> Iterator[Reason]:
    limit = deployment.concurrency_limit
    if limit is None or not limit.active:
        return
    leases = list(Lease.objects.filter(workspace=workspace, limit=limit, expires__gt=now).order_by("created"))
    if sum(lease.slots for lease in leases) < limit.limit:
        return
    holders = [lease.holder_id for lease in leases if lease.holder_id is not None]
    names = dict(FlowRun.objects.filter(workspace=workspace, id__in=holders[:1]).values_list("id", "name"))
    first = f" {names[holders[0]]} has held its slot the longest." if names else ""
    message = f"The concurrency limit of the deployment is reached: {limit.limit} at the same time.{first}"
    since = leases[0].created if leases else None
    yield Reason("deployment_limit", message, "concurrency-limit", limit.id, limit.name, since, holders[:_MOST_RUNS])


def _queue_reasons(workspace: Workspace, run: FlowRun, deployment: Deployment, now: datetime) -> Iterator[Reason]:
    if run.work_queue_id is None:
        yield from _queueless_reasons(run, deployment, now)
        return
    rows = WorkQueue.objects.select_related("work_pool")
    queue = rows.filter(workspace=workspace, id=run.work_queue_id).first()
    if queue is None:
        yield Reason("queue_deleted", "The run's work queue was deleted.", "work-queue", run.work_queue_id)
        return
    pool = queue.work_pool
    if pool.is_paused:
        yield _of_pool("pool_paused", f"The work pool {pool.name} is paused.", pool)
    if queue.is_paused:
        yield _of_queue("queue_paused", f"The work queue {queue.name} is paused.", queue)
    runs = FlowRun.objects.filter(workspace=workspace, state_type__in=TAKES_SLOT).order_by("state_timestamp", "id")
    if in_way := _runs_in_way(runs.filter(work_queue__work_pool=pool), pool.concurrency_limit):
        message = f"The concurrency limit of the work pool {pool.name} is reached: {pool.concurrency_limit} runs."
        yield _of_pool("pool_limit", message, pool, in_way)
    if in_way := _runs_in_way(runs.filter(work_queue=queue), queue.concurrency_limit):
        message = f"The concurrency limit of the work queue {queue.name} is reached: {queue.concurrency_limit} runs."
        yield _of_queue("queue_limit", message, queue, in_way)
    if queue.last_polled is None or now - queue.last_polled > POLLED_WITHIN:
        yield _unpolled(workspace, pool, queue, now)


def _queueless_reasons(run: FlowRun, deployment: Deployment, now: datetime) -> Iterator[Reason]:
    """The reasons for a run that is in no queue, because a process serves its deployment, or its queue is gone."""
    if deployment.work_queue_id is not None or run.work_queue_name is not None:
        message = "The run is in no work queue any more: its queue was deleted, or the deployment has moved."
        yield Reason("queue_deleted", message, "deployment", deployment.id, deployment.name)
    elif deployment.last_polled is None:
        message = "The deployment has no work pool, and no process has served it yet."
        yield Reason("never_served", message, "deployment", deployment.id, deployment.name)
    elif now - deployment.last_polled > POLLED_WITHIN:
        message = "The deployment has no work pool, and the process that served it has stopped asking for runs."
        yield Reason("not_served", message, "deployment", deployment.id, deployment.name, deployment.last_polled)


def _unpolled(workspace: Workspace, pool: WorkPool, queue: WorkQueue, now: datetime) -> Reason:
    """Tell why nobody polls a queue: no worker at all, none that is online, or none that asks for this queue."""
    workers = Worker.objects.filter(workspace=workspace, work_pool=pool)
    last = workers.order_by("-last_heartbeat_time").first()
    if last is None and queue.last_polled is None:
        return _of_pool("no_worker", f"No worker has ever run for the work pool {pool.name}.", pool)
    if last is None:
        message = f"No worker runs for the work pool {pool.name} any more."
        return _of_pool("no_worker", message, pool, since=queue.last_polled)
    if worker_status(last.last_heartbeat_time, last.heartbeat_interval_seconds, now) != ONLINE:
        message = f"All workers of the work pool {pool.name} are offline. The last one was {last.name}."
        return _of_pool("workers_offline", message, pool, since=last.last_heartbeat_time)
    message = f"No worker of the work pool {pool.name} asks for runs of the work queue {queue.name}."
    return _of_queue("queue_not_polled", message, queue, since=queue.last_polled)


def _schedule_reasons(workspace: Workspace, run: FlowRun, deployment: Deployment) -> Iterator[Reason]:
    """Things that do not hold up a run that exists, but say that somebody has switched the deployment off."""
    if deployment.disabled:
        yield Reason("deployment_disabled", "The deployment is disabled.", "deployment", deployment.id, deployment.name)
    if deployment.paused:
        message = "The deployment is paused. It gets no new runs of its schedules."
        yield Reason("deployment_paused", message, "deployment", deployment.id, deployment.name)
    creator = run.created_by or {}
    if not run.auto_scheduled or creator.get("type") != "SCHEDULE":
        return
    schedule = DeploymentSchedule.objects.filter(workspace=workspace, deployment=deployment, id=creator["id"]).first()
    if schedule is None or not schedule.active:
        message = "The schedule that created the run was deleted or is switched off."
        yield Reason("schedule_off", message, "deployment", deployment.id, deployment.name)


def _soon(deployment: Deployment) -> Reason:
    message = "Nothing holds the run up here. A worker asks for it soon, unless it runs as many as it may."
    return Reason("worker_busy", message, "deployment", deployment.id, deployment.name)


def _runs_in_way(runs: QuerySet[FlowRun], limit: int | None) -> list[UUID] | None:
    """Return the first runs that take slots, or None if there are slots left."""
    if limit is None or runs.order_by()[:limit].count() < limit:
        return None
    return list(runs.values_list("id", flat=True)[:_MOST_RUNS])


def _of_pool(
    code: str, message: str, pool: WorkPool, in_way: list[UUID] | None = None, since: datetime | None = None
) -> Reason:
    return Reason(code, message, "work-pool", pool.id, pool.name, since, in_way or [])


def _of_queue(
    code: str, message: str, queue: WorkQueue, in_way: list[UUID] | None = None, since: datetime | None = None
) -> Reason:
    return Reason(code, message, "work-queue", queue.id, queue.name, since, in_way or [])
