"""What workers, `serve` and agents get when they poll, and what a poll leaves."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from auditlog.actors import system
from rbac.access_lists import OPEN, AccessEntry, replace_list
from tests.cast import Organization, Person, share
from workspaces.deployments.models import Deployment
from workspaces.events.models import Event
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.work_pools.models import WorkPool, WorkQueue
from workspaces.work_pools.services.pools import create_pool, update_pool
from workspaces.work_pools.services.queues import create_queue, update_queue

pytestmark = pytest.mark.django_db

US = system("tests")


def pool_with_queues(workspace: Workspace, *queues: dict[str, Any], **fields: Any) -> WorkPool:
    pool = create_pool(workspace, {"name": "pool", "type": "process", **fields}, actor=US)
    for queue in queues:
        create_queue(pool, queue, actor=US)
    return pool


def run(queue: WorkQueue | None, name: str, minutes: int = -1, state: str = "SCHEDULED", **fields: Any) -> FlowRun:
    """A run of the queue that is scheduled so many minutes from now."""
    workspace = fields.pop("workspace", queue and queue.workspace)
    now = timezone.now()
    flow, _ = Flow.objects.get_or_create(workspace=workspace, name="flow", defaults={"created": now, "updated": now})
    return FlowRun.objects.create(
        workspace=workspace,
        flow=flow,
        name=name,
        work_queue=queue,
        state_type=state,
        state_name=state.capitalize(),
        next_scheduled_start_time=now + timedelta(minutes=minutes),
        created=now,
        updated=now,
        **fields,
    )


def poll(person: Person, path: str = "work_pools/pool/get_scheduled_flow_runs", **body: Any) -> Any:
    body.setdefault("scheduled_before", timezone.now().isoformat())
    answer = person.api.post(f"{person.workspace_api}/{path}", body)
    return answer.json() if answer.status_code == 200 else (answer.status_code, answer.json())


def names(runs: Any) -> list[str]:
    return [item["flow_run"]["name"] if "flow_run" in item else item["name"] for item in runs]


def test_worker_gets_due_runs_by_priority_and_time(owner: Person, stranger: Person) -> None:
    pool = pool_with_queues(owner.workspace, {"name": "second"}, {"name": "first", "priority": 1})
    first, second = pool.queues.get(name="first"), pool.queues.get(name="second")
    assert (first.priority, second.priority) == (1, 3)
    run(second, "early", -9)
    late = run(first, "late", -2)
    run(first, "later", -1)
    run(first, "future", 5)
    run(first, "running", -9, "RUNNING")
    run(first, "in process", -9, empirical_policy={"retry_type": "in_process"})
    theirs = pool_with_queues(stranger.workspace)
    run(theirs.default_queue, "theirs")

    found = poll(owner)
    assert names(found) == ["late", "later", "early"]
    assert (found[0]["work_pool_id"], found[0]["work_queue_id"]) == (str(pool.id), str(first.id))
    assert (found[0]["flow_run"]["id"], found[0]["flow_run"]["state"]) == (str(late.id), None)
    assert found[0]["flow_run"]["state_type"] == "SCHEDULED"
    assert names(poll(owner, limit=1)) == ["late"]
    assert names(poll(owner, work_queue_names=["second"])) == ["early"]
    assert names(poll(owner, scheduled_before=None)) == ["late", "later", "future", "early"]
    since = (timezone.now() - timedelta(minutes=3)).isoformat()
    assert names(poll(owner, scheduled_after=since)) == ["late", "later"]
    assert poll(owner, work_queue_names=["none"]) == (404, {"detail": "Work pool queue 'pool/none' not found."})
    assert poll(owner, "work_pools/none/get_scheduled_flow_runs") == (404, {"detail": 'Work pool "none" not found.'})
    update_queue(first, {"is_paused": True}, actor=US)
    assert names(poll(owner)) == ["early"]
    update_pool(pool, {"is_paused": True}, actor=US)
    assert poll(owner) == []


def test_limits_of_queue_and_pool_leave_free_slots_only(owner: Person) -> None:
    pool = pool_with_queues(owner.workspace, {"name": "narrow", "priority": 1, "concurrency_limit": 2})
    narrow, default = pool.queues.get(name="narrow"), pool.queues.get(name="default")
    run(narrow, "pending", state="PENDING")
    for number in range(3):
        run(narrow, f"narrow {number}", -9 + number)
        run(default, f"default {number}", -9 + number)
    assert names(poll(owner)) == ["narrow 0", "default 0", "default 1", "default 2"]
    update_pool(pool, {"concurrency_limit": 3}, actor=US)
    assert names(poll(owner)) == ["narrow 0", "default 0"]
    update_pool(pool, {"concurrency_limit": 1}, actor=US)
    assert poll(owner) == []
    counted = {"work_pool_ids": [str(pool.id)], "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    assert poll(owner, "ui/work_pools/count-flow-runs", **counted) == {str(pool.id): 6}
    slots = poll(owner, "work_pools/pool/concurrency_status", flow_run_limit=1)
    assert (slots["active_slots"], slots["concurrency_limit"], slots["count"]) == (1, 1, 2)
    assert [(queue["queue_name"], queue["active_slots"], names(queue["flow_runs"])) for queue in slots["queues"]] == [
        ("narrow", 1, ["pending"]),
        ("default", 0, []),
    ]
    run(narrow, "cancelling", state="CANCELLING")
    slots = poll(owner, f"work_queues/{narrow.id}/concurrency_status")
    assert (slots["active_slots"], names(slots["flow_runs"])) == (2, ["pending", "cancelling"])


def test_idle_polls_write_nothing(owner: Person) -> None:
    pool = pool_with_queues(owner.workspace, *({"name": f"queue {number}"} for number in range(5)))
    poll(owner)
    with CaptureQueriesContext(connection) as first:
        poll(owner)
    statements = [query["sql"] for query in first]
    assert [text for text in statements if text.lstrip().startswith(("INSERT", "UPDATE", "SAVEPOINT"))] == []
    for number in range(5, 10):
        create_queue(pool, {"name": f"queue {number}"}, actor=US)
    poll(owner)
    with CaptureQueriesContext(connection) as second:
        poll(owner)
    assert len(second) == len(first) <= 4


def test_first_poll_makes_queues_and_deployments_ready(owner: Person) -> None:
    pool = pool_with_queues(owner.workspace, {"name": "paused", "is_paused": True})
    queue, now = pool.queues.get(name="default"), timezone.now()
    flow = Flow.objects.create(workspace=owner.workspace, name="flow", created=now, updated=now)
    deployment = Deployment.objects.create(
        workspace=owner.workspace, flow=flow, name="on it", work_queue=queue, created=now, updated=now
    )
    Event.objects.all().delete()
    poll(owner)
    queue.refresh_from_db()
    deployment.refresh_from_db()
    assert (queue.status, deployment.status, deployment.last_polled) == ("READY", "READY", None)
    assert queue.last_polled is not None
    assert pool.queues.get(name="paused").status == "PAUSED"
    poll(owner)
    events = Event.objects.order_by("id")
    assert [(event.event, event.resource_id) for event in events] == [
        ("prefect.work-queue.ready", f"prefect.work-queue.{queue.id}"),
        ("prefect.deployment.ready", f"prefect.deployment.{deployment.id}"),
    ]
    assert [related["prefect.resource.role"] for related in events[1].related] == ["flow", "work-queue", "work-pool"]
    # A deployment that comes later is ready with the next poll that is noted.
    Deployment.objects.update(status="NOT_READY")
    WorkQueue.objects.update(last_polled=now - timedelta(seconds=30))
    poll(owner)
    deployment.refresh_from_db()
    assert deployment.status == "READY"


def test_serve_gets_runs_of_its_deployments(owner: Person, stranger: Person) -> None:
    now = timezone.now()
    deployments = []
    for person in (owner, stranger):
        flow = Flow.objects.create(workspace=person.workspace, name="flow", created=now, updated=now)
        deployment = Deployment.objects.create(
            workspace=person.workspace, flow=flow, name="served", created=now, updated=now
        )
        deployments.append(deployment)
        run(None, f"of {person.account.handle}", workspace=person.workspace, deployment=deployment)
    run(None, "future", 5, workspace=owner.workspace, deployment=deployments[0])
    ids = [str(deployment.id) for deployment in deployments]
    path = "deployments/get_scheduled_flow_runs"
    assert names(poll(owner, path, deployment_ids=ids)) == [f"of {owner.account.handle}"]
    for deployment in deployments:
        deployment.refresh_from_db()
    assert [deployment.status for deployment in deployments] == ["READY", "NOT_READY"]
    assert deployments[0].last_polled is not None


def test_agent_gets_runs_of_its_queue(owner: Person) -> None:
    made = owner.api.post(f"{owner.workspace_api}/work_queues/", {"name": "agents"}).json()
    queue = WorkQueue.objects.get(id=made["id"])
    run(queue, "due")
    status = f"{owner.workspace_api}/work_queues/{queue.id}/status"
    assert owner.api.get(status).json()["healthy"] is False
    assert names(poll(owner, f"work_queues/{queue.id}/get_runs")) == ["due"]
    assert owner.api.get(status).json()["healthy"] is True
    run(queue, "late")
    FlowRun.objects.filter(name="late").update(state_name="Late")
    assert owner.api.get(status).json()["late_runs_count"] == 1


def test_access_list_of_the_pool_is_for_polls_as_well(organization: Organization) -> None:
    pool = pool_with_queues(organization.workspace)
    run(pool.default_queue, "due")
    share(organization.workspace, organization.member.user, "Developer")
    api = f"/api/accounts/{organization.account.id}/workspaces/{organization.workspace.id}/work_pools/pool"
    member = organization.member.api

    def polled() -> tuple[int, int]:
        heartbeat = member.post(f"{api}/workers/heartbeat", {"name": "worker"})
        return member.post(f"{api}/get_scheduled_flow_runs", {}).status_code, heartbeat.status_code

    assert polled() == (200, 204)
    mine = AccessEntry(users=frozenset([organization.member.user.id]))
    replace_list(pool, {**dict.fromkeys(OPEN, AccessEntry()), "view": mine})
    assert polled() == (403, 403)
    replace_list(pool, {**dict.fromkeys(OPEN, AccessEntry()), "run": mine})
    assert polled() == (200, 204)
    replace_list(pool, {**dict.fromkeys(OPEN, AccessEntry()), "view": AccessEntry(users=frozenset())})
    assert polled() == (200, 204)  # nobody on any list: the roles alone decide
    other = AccessEntry(users=frozenset([organization.owner.user.id]))
    replace_list(pool, {**dict.fromkeys(OPEN, AccessEntry()), "manage": other})
    assert polled() == (404, 404)
