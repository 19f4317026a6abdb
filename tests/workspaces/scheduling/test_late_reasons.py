"""Each case sets up one cause, beside a deployment whose run a worker would take."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.db.ids import new_id
from tests.cast import Person
from tests.visits import root, visitor
from tests.workspaces.deployments.stage import DAILY, create
from tests.workspaces.runs import stage
from workspaces.concurrency.models import ConcurrencyLimit, Lease
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.runs.models import FlowRun
from workspaces.work_pools.models import Worker, WorkPool, WorkQueue

pytestmark = pytest.mark.django_db


class Scene:
    """A late run of a deployment in a queue that a worker polls, and another run that takes a slot of the queue."""

    def __init__(self, person: Person) -> None:
        now = timezone.now()
        space = person.workspace
        made = create(person, schedules=[{"schedule": DAILY}])
        self.pool = WorkPool.objects.create(workspace=space, name="pool", type="process", created=now, updated=now)
        self.queue = WorkQueue.objects.create(
            workspace=space, work_pool=self.pool, name="default", last_polled=now, created=now, updated=now
        )
        self.worker = Worker.objects.create(
            workspace=space, work_pool=self.pool, name="w", status="ONLINE", last_heartbeat_time=now,
            created=now, updated=now,
        )  # fmt: skip
        self.deployment = Deployment.objects.get(id=made["id"])
        Deployment.objects.update(work_queue=self.queue)
        self.schedule = DeploymentSchedule.objects.get()
        self.run = stage.flow_run(
            self.deployment.flow, state="SCHEDULED", state_name="Late", deployment=self.deployment,
            work_queue=self.queue, next_scheduled_start_time=now - timedelta(minutes=5), auto_scheduled=True,
            created_by={"id": str(self.schedule.id), "type": "SCHEDULE", "display_value": "x"},
        )  # fmt: skip
        self.other = stage.flow_run(self.deployment.flow, state="RUNNING", work_queue=self.queue)

    def change(self, row: Any, **fields: Any) -> int:
        changed: int = type(row).objects.filter(id=row.id).update(**fields)
        return changed


def _hold_slot(scene: Scene) -> None:
    now = timezone.now()
    limit = ConcurrencyLimit.objects.create(
        workspace=scene.pool.workspace, name="shared", limit=1, created=now, updated=now
    )
    Lease.objects.create(
        workspace=scene.pool.workspace, lease_id=new_id(), limit=limit, holder_type="flow_run",
        holder_id=scene.other.id, created=now - timedelta(hours=1), expires=now + timedelta(hours=1),
    )  # fmt: skip
    scene.change(scene.deployment, concurrency_limit=limit)
    scene.change(scene.run, state_name="AwaitingConcurrencySlot", next_scheduled_start_time=now + timedelta(seconds=9))


def _serve(scene: Scene, last_polled: Any) -> None:
    scene.change(scene.deployment, work_queue=None, last_polled=last_polled)
    scene.change(scene.run, work_queue=None)


LONG_AGO = timezone.now() - timedelta(hours=2)
CASES: dict[str, tuple[str, Callable[[Scene], Any]]] = {
    "worker_busy": ("", lambda scene: None),
    "pool_paused": ("pool", lambda scene: scene.change(scene.pool, is_paused=True)),
    "queue_paused": ("queue", lambda scene: scene.change(scene.queue, is_paused=True)),
    "pool_limit": ("pool", lambda scene: scene.change(scene.pool, concurrency_limit=1)),
    "queue_limit": ("queue", lambda scene: scene.change(scene.queue, concurrency_limit=1)),
    "deployment_limit": ("", _hold_slot),
    "no_worker": ("pool", lambda scene: (scene.worker.delete(), scene.change(scene.queue, last_polled=LONG_AGO))),
    "workers_offline": (
        "pool",
        lambda scene: (
            scene.change(scene.worker, last_heartbeat_time=LONG_AGO),
            scene.change(scene.queue, last_polled=LONG_AGO),
        ),
    ),
    "queue_not_polled": ("queue", lambda scene: scene.change(scene.queue, last_polled=LONG_AGO)),
    "not_served": ("deployment", lambda scene: _serve(scene, LONG_AGO)),
    "never_served": ("deployment", lambda scene: _serve(scene, None)),
    "queue_deleted": ("deployment", lambda scene: scene.change(scene.run, work_queue=None)),
    "deployment_deleted": ("", lambda scene: scene.change(scene.run, deployment=new_id())),
    "no_deployment": ("", lambda scene: scene.change(scene.run, deployment=None)),
    "deployment_paused": ("deployment", lambda scene: scene.change(scene.deployment, paused=True)),
    "schedule_off": ("deployment", lambda scene: scene.change(scene.schedule, active=False)),
    "not_started": ("run", lambda scene: scene.change(scene.run, state_type="PENDING", state_name="Pending")),
}


def ask(person: Person, run: FlowRun) -> tuple[int, Any]:
    answer = person.api.get(f"{person.workspace_api}/flow_runs/{run.id}/why-late")
    return answer.status_code, answer.json()


@pytest.mark.parametrize("code", CASES)
def test_the_cause_is_found(owner: Person, stranger: Person, code: str) -> None:
    scene = Scene(owner)
    at, inject = CASES[code]
    inject(scene)
    status, body = ask(owner, scene.run)
    assert (status, [reason["code"] for reason in body["reasons"]]) == (200, [code])
    if at:
        assert body["reasons"][0]["object_id"] == str(getattr(scene, at).id)
    in_way = [str(scene.other.id)] if code.endswith("_limit") else []
    assert body["reasons"][0]["flow_run_ids"] == in_way
    assert ask(stranger, scene.run)[0] == 404


def test_a_run_that_is_not_late_has_no_reason(owner: Person) -> None:
    scene = Scene(owner)
    scene.change(scene.pool, is_paused=True)
    scene.change(scene.run, next_scheduled_start_time=timezone.now() + timedelta(minutes=1))
    assert ask(owner, scene.run)[1]["reasons"] == []
    assert ask(owner, scene.other)[1]["reasons"] == []


def test_the_page_of_a_run_says_why_it_is_late(owner: Person) -> None:
    scene = Scene(owner)
    scene.change(scene.queue, is_paused=True, concurrency_limit=1)
    overview = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{scene.run.id}").content.decode()
    assert "The work queue default is paused." in overview
    assert "The concurrency limit of the work queue default is reached: 1 runs." in overview
    for page in ("work-pools/work-pool/pool/queue/default", f"runs/flow-run/{scene.other.id}"):
        assert f'href="{root(owner.workspace)}/{page}"' in overview
    assert "No worker has picked up this run" not in overview
    _hold_slot(scene)
    waiting = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{scene.run.id}").content.decode()
    assert "It waits for a free slot" in waiting
    assert "The concurrency limit of the deployment is reached: 1 at the same time." in waiting
