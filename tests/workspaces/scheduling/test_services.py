"""The background services, each with the runs of two workspaces."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.cast import Person
from tests.workspaces.deployments.stage import create
from tests.workspaces.runs import stage
from workspaces.concurrency.models import ConcurrencyLimit, Lease
from workspaces.deployments.models import Deployment
from workspaces.events.models import Event
from workspaces.runs.models import FlowRun, FlowRunState, TaskRun
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.services.transitions import lock_run, store_state
from workspaces.scheduling import cancellations, late_runs, silent_workers
from workspaces.scheduling.cancellations import finish_cancellations
from workspaces.scheduling.expired_leases import delete_expired_leases
from workspaces.scheduling.expired_pauses import fail_expired_pauses
from workspaces.scheduling.late_runs import mark_late_runs
from workspaces.scheduling.silent_workers import note_silence
from workspaces.work_pools.models import Worker, WorkPool, WorkQueue

pytestmark = pytest.mark.django_db


def run_in(
    person: Person, state_type: str, *, name: str = "", ago: float = 0, flow: str = "etl", **details: Any
) -> FlowRun:
    """A run that has entered the state some seconds ago."""
    of = person.workspace.flows.filter(name=flow).first() or stage.flow(person.workspace, flow)
    run = stage.flow_run(of, state="PENDING", ago=timedelta(hours=1))
    locked = lock_run(person.workspace, run.id)
    assert locked is not None
    state = RunState(state_type, name or state_type.title(), timezone.now() - timedelta(seconds=ago))
    state.details |= details
    store_state(locked, None, state)
    return locked


def scheduled(person: Person, ago: float, name: str = "Scheduled") -> FlowRun:
    time = timezone.now() - timedelta(seconds=ago)
    return run_in(person, "SCHEDULED", name=name, ago=ago, scheduled_time=time.isoformat())


def names(*runs: FlowRun | TaskRun) -> list[str | None]:
    for run in runs:
        run.refresh_from_db()
    return [run.state_name for run in runs]


def test_overdue_runs_become_late_once(owner: Person, stranger: Person) -> None:
    overdue, theirs, waiting = scheduled(owner, 20), scheduled(stranger, 3600), scheduled(owner, 10)
    retry = scheduled(owner, 60, "AwaitingRetry")
    assert mark_late_runs() == 2
    assert mark_late_runs() == 0
    assert names(overdue, theirs, waiting, retry) == ["Late", "Late", "Scheduled", "AwaitingRetry"]
    overdue.refresh_from_db()
    assert overdue.state is not None
    assert overdue.next_scheduled_start_time is not None
    assert overdue.state.state_details["scheduled_time"] == overdue.next_scheduled_start_time.isoformat()
    assert Event.objects.filter(event="prefect.flow-run.Late").count() == 2


def test_a_flood_of_one_workspace_does_not_hold_up_another(
    owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        scheduled(stranger, 3600)
    mine = scheduled(owner, 20)
    monkeypatch.setattr(late_runs, "_MOST", 3)
    assert mark_late_runs() == 3
    assert names(mine) == ["Late"]


def test_a_late_run_is_cancelled_if_its_full_deployment_cancels_new_runs(owner: Person) -> None:
    made = create(owner, concurrency_limit=1, concurrency_options={"collision_strategy": "CANCEL_NEW"})
    run = scheduled(owner, 60)
    FlowRun.objects.filter(id=run.id).update(deployment=made["id"])
    now = timezone.now()
    Lease.objects.create(
        workspace=owner.workspace, lease_id=run.id, limit=ConcurrencyLimit.objects.get(), created=now,
        expires=now + timedelta(seconds=60),
    )  # fmt: skip
    mark_late_runs()
    assert names(run) == ["Cancelled"]


def test_a_pause_that_nobody_has_ended_in_time_fails_the_run(owner: Person, stranger: Person) -> None:
    def until(seconds: float) -> str:
        return (timezone.now() + timedelta(seconds=seconds)).isoformat()

    expired = run_in(owner, "PAUSED", ago=60, pause_timeout=until(-5))
    open_still = run_in(stranger, "PAUSED", ago=60, pause_timeout=until(30))
    for_ever = run_in(owner, "PAUSED", ago=60)
    assert fail_expired_pauses() == 1
    assert names(expired, open_still, for_ever) == ["Failed", "Paused", "Paused"]
    assert expired.state is not None
    assert FlowRun.objects.get(id=expired.id).state.message == "The flow was paused and never resumed."  # type: ignore[union-attr]


def test_a_run_that_cannot_be_changed_does_not_hold_up_others(owner: Person, stranger: Person) -> None:
    broken, theirs = (
        run_in(person, "PAUSED", ago=60, pause_timeout="2020-01-01T00:00:00Z") for person in (owner, stranger)
    )
    FlowRunState.objects.filter(flow_run=broken).update(state_details={"pause_timeout": "0"})
    assert fail_expired_pauses() == 1
    assert names(broken, theirs) == ["Paused", "Failed"]


def test_task_runs_of_one_workspace_do_not_hold_up_those_of_others(
    owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, few = run_in(owner, "CANCELLED", ago=60), run_in(stranger, "CANCELLED", ago=60)
    mine = [stage.task_run(many, f"load-{number}", "RUNNING") for number in range(3)]
    theirs = stage.task_run(few, "load", "RUNNING")
    monkeypatch.setattr(cancellations, "_MOST_TASK_RUNS", 2)
    assert finish_cancellations() == 2
    assert (names(*mine).count("Cancelled"), names(theirs)) == (1, ["Cancelled"])


def test_a_cancellation_that_nobody_confirms_ends(owner: Person) -> None:
    old, fresh = run_in(owner, "CANCELLING", ago=301), run_in(owner, "CANCELLING", ago=200)
    assert finish_cancellations() == 1
    assert names(old, fresh) == ["Cancelled", "Cancelling"]


def test_children_of_a_cancelled_run_are_cancelled(owner: Person) -> None:
    made = create(owner)
    parent, running = run_in(owner, "CANCELLED", ago=60), run_in(owner, "RUNNING")
    task, done = stage.task_run(parent, "load-0", "RUNNING"), stage.task_run(parent, "load-1", "COMPLETED")
    other = stage.task_run(running, "load-0", "RUNNING")
    children = []
    for number, deployment in enumerate([None, made["id"]]):
        child = run_in(owner, "RUNNING", flow="child")
        stands_for = stage.task_run(parent, f"child-{number}", "RUNNING")
        FlowRun.objects.filter(id=child.id).update(parent_task_run=stands_for, deployment=deployment)
        children.append(child)
    assert finish_cancellations() == 3
    assert finish_cancellations() == 0
    assert names(task, done, other) == ["Cancelled", "Completed", "Running"]
    assert names(*children) == ["Cancelled", "Cancelling"]


def test_silence_is_noticed(owner: Person) -> None:
    made = create(owner)
    now = timezone.now()
    pool = WorkPool.objects.create(
        workspace=owner.workspace, name="pool", type="process", status="READY", created=now, updated=now
    )
    queue = WorkQueue.objects.create(
        workspace=owner.workspace, work_pool=pool, name="default", status="READY", created=now, updated=now,
        last_polled=now - timedelta(seconds=50),
    )  # fmt: skip
    worker = Worker.objects.create(
        workspace=owner.workspace, work_pool=pool, name="w", status="ONLINE", created=now, updated=now,
        last_heartbeat_time=now - timedelta(seconds=80), heartbeat_interval_seconds=30,
    )  # fmt: skip
    deployment = Deployment.objects.get(id=made["id"])
    Deployment.objects.update(status="READY", last_polled=now - timedelta(seconds=90), work_queue=queue)
    assert note_silence() == 0
    WorkQueue.objects.update(last_polled=now - timedelta(seconds=61))
    Worker.objects.update(last_heartbeat_time=now - timedelta(seconds=91))
    assert note_silence() == 4
    assert note_silence() == 0
    for row in (worker, pool, queue, deployment):
        row.refresh_from_db()
    assert [worker.status, pool.status, queue.status, deployment.status] == ["OFFLINE", *["NOT_READY"] * 3]
    events = Event.objects.filter(event__endswith=".not-ready").values_list("event", flat=True)
    assert sorted(events) == [f"prefect.{kind}.not-ready" for kind in ("deployment", "work-pool", "work-queue")]


def test_workers_that_promise_few_heartbeats_do_not_hide_silent_ones(
    owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()

    def worker(person: Person, name: str, ago: float, interval: int | None) -> Worker:
        pool, _ = WorkPool.objects.get_or_create(
            workspace=person.workspace, name="pool", defaults={"type": "process", "created": now, "updated": now}
        )
        return Worker.objects.create(
            workspace=person.workspace, work_pool=pool, name=name, status="ONLINE", created=now, updated=now,
            last_heartbeat_time=now - timedelta(seconds=ago), heartbeat_interval_seconds=interval,
        )  # fmt: skip

    monkeypatch.setattr(silent_workers, "_MOST", 2)
    patient = [worker(stranger, str(number), 3_600, 2**31 - 1) for number in range(3)]
    silent = [worker(owner, "usual", 91, None), worker(owner, "eager", 10, 3)]
    alive = [worker(owner, "alive", 80, 30), worker(owner, "zero", 80, 0)]
    note_silence()
    assert {row.name for row in Worker.objects.filter(status="OFFLINE")} == {row.name for row in silent}
    assert Worker.objects.filter(status="ONLINE").count() == len(patient) + len(alive)


def test_expired_leases_are_deleted(owner: Person) -> None:
    now = timezone.now()
    limit = ConcurrencyLimit.objects.create(workspace=owner.workspace, name="db", limit=2, created=now, updated=now)
    for seconds in (-1, 60):
        Lease.objects.create(
            workspace=owner.workspace, lease_id=limit.id if seconds < 0 else owner.workspace.id, limit=limit,
            created=now, expires=now + timedelta(seconds=seconds),
        )  # fmt: skip
    assert delete_expired_leases() == 1
    assert Lease.objects.get().expires > now
