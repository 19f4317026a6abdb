"""Work pools, queues and workers over the API: what `tests/client/test_work_pools.py` does not compare."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from tests.cast import Organization, Person, share
from workspaces.deployments.models import Deployment
from workspaces.events.models import Event
from workspaces.flows.models import Flow
from workspaces.runs.models import FlowRun
from workspaces.work_pools.models import Worker, WorkPool, WorkQueue

pytestmark = pytest.mark.django_db


def call(person: Person, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = person.api.call(method, f"{person.workspace_api}/{path}", body)
    return answer.status_code, answer.json() if answer.content else None


def create(person: Person, name: str = "pool", **fields: Any) -> dict[str, Any]:
    status, pool = call(person, "post", "work_pools/", {"name": name, "type": "process", **fields})
    assert status == 201, pool
    made: dict[str, Any] = pool
    return made


def events() -> list[str]:
    return [event.event.removeprefix("prefect.") for event in Event.objects.order_by("id")]


def test_nothing_of_a_strangers_pool_is_found(owner: Person, stranger: Person) -> None:
    create(owner, "mine")
    theirs = create(stranger)
    queue_id = theirs["default_queue_id"]
    for method, path, body in (
        ("get", "work_pools/pool", None),
        ("patch", "work_pools/pool", {"is_paused": True}),
        ("delete", "work_pools/pool", None),
        ("get", "work_pools/pool/access", None),
        ("post", "work_pools/pool/queues", {"name": "new"}),
        ("get", "work_pools/pool/queues/default", None),
        ("post", "work_pools/pool/workers/heartbeat", {"name": "worker"}),
        ("post", "work_pools/pool/workers/filter", {}),
        ("get", f"work_queues/{queue_id}", None),
        ("patch", f"work_queues/{queue_id}", {"is_paused": True}),
        ("delete", f"work_queues/{queue_id}", None),
        ("post", f"work_queues/{queue_id}/get_runs", {}),
    ):
        assert call(owner, method, path, body)[0] == 404, path
    for path in ("work_pools/filter", "work_pools/paginate"):
        answer = call(owner, "post", path, {})[1]
        rows = answer["results"] if isinstance(answer, dict) else answer
        assert [row["name"] for row in rows] == ["mine"]
    assert call(owner, "post", "work_pools/my-access", {"work_pool_ids": [theirs["id"]]}) == (200, {})
    assert {row["work_pool_name"] for row in call(owner, "post", "work_queues/filter", {})[1]} == {"mine"}
    assert (WorkPool.objects.count(), WorkQueue.objects.count(), Worker.objects.count()) == (2, 2, 0)


def test_statuses_change_with_their_events(owner: Person) -> None:
    create(owner)
    queue = "work_pools/pool/queues/default"
    call(owner, "post", "work_pools/pool/workers/heartbeat", {"name": "worker"})
    call(owner, "post", "work_pools/pool/workers/heartbeat", {"name": "worker"})
    for paused in (True, True, False):
        call(owner, "patch", "work_pools/pool", {"is_paused": paused})
        call(owner, "patch", queue, {"is_paused": paused})
    assert [(name, call(owner, "get", name)[1]["status"]) for name in ("work_pools/pool", queue)] == [
        ("work_pools/pool", "READY"),
        (queue, "NOT_READY"),
    ]
    assert events() == [
        "work-queue.created", "work-pool.created", "work-pool.not-ready",
        "work-pool.ready",
        "work-pool.paused", "work-queue.paused",
        "work-pool.ready", "work-queue.not-ready",
    ]  # fmt: skip
    statuses = Event.objects.filter(event__in=["prefect.work-pool.ready", "prefect.work-pool.paused"]).order_by("id")
    assert [event.follows for event in statuses[1:]] == [event.id for event in statuses[:2]]
    new = {"name": "paused", "is_paused": True}
    assert call(owner, "post", "work_pools/pool/queues", new)[1]["status"] == "PAUSED"
    assert create(owner, "old", type="prefect-agent")["status"] is None


def test_update_events_name_what_changed(owner: Person) -> None:
    create(owner)
    Event.objects.all().delete()
    call(owner, "patch", "work_pools/pool", {"description": "words", "concurrency_limit": None})
    call(owner, "patch", "work_pools/pool/queues/default", {"priority": 4, "description": "first"})
    call(owner, "patch", "work_pools/pool", {})
    found = [(event.event, event.resource, event.payload) for event in Event.objects.order_by("id")]
    assert [(name, payload["updates"]) for name, _, payload in found] == [
        ("prefect.work-pool.updated", {"description": {"from": None, "to": "words"}}),
        (
            "prefect.work-queue.updated",
            {
                "priority": {"from": 1, "to": 4},
                "description": {"from": "The work pool's default queue.", "to": "first"},
            },
        ),
    ]
    assert found[0][1]["prefect.work-pool.type"] == "process"


def test_heartbeat_answers_with_the_bare_id(owner: Person) -> None:
    create(owner)
    path = f"{owner.workspace_api}/work_pools/pool/workers/heartbeat"
    integrations = [{"name": "prefect-docker", "version": "1.0"}]
    body = {"name": "worker", "return_id": True, "metadata": {"integrations": integrations, "more": 1}}
    for heartbeat in (body, {"name": "worker", "return_id": True, "heartbeat_interval_seconds": 1}):
        answer = owner.api.post(path, heartbeat)
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain")
        worker_id = UUID(answer.content.decode())
    worker = call(owner, "get", f"work_pools/pool/workers/{worker_id}")[1]
    assert (worker["name"], worker["status"], worker["heartbeat_interval_seconds"]) == ("worker", "ONLINE", 1)
    assert worker["metadata_"] == {"integrations": integrations}
    Worker.objects.update(last_heartbeat_time=timezone.now() - timedelta(seconds=4))
    assert call(owner, "post", "work_pools/pool/workers/paginate", {})[1]["results"][0]["status"] == "OFFLINE"
    assert call(owner, "get", f"work_pools/pool/workers/{uuid4()}") == (404, {"detail": "Worker not found."})


def test_deleted_pool_leaves_deployments_and_runs(owner: Person) -> None:
    queue = WorkQueue.objects.get(id=create(owner)["default_queue_id"])
    now = timezone.now()
    flow = Flow.objects.create(workspace=owner.workspace, name="flow", created=now, updated=now)
    rows: dict[str, Any] = {
        "workspace": owner.workspace, "flow": flow, "name": "on it", "work_queue": queue,
        "created": now, "updated": now,
    }  # fmt: skip
    deployment, run = Deployment.objects.create(**rows), FlowRun.objects.create(**rows)
    default = f"work_queues/{queue.id}"
    assert call(owner, "delete", default) == (409, {"detail": "The default queue of a work pool cannot be deleted."})
    Event.objects.all().delete()
    assert call(owner, "delete", "work_pools/pool")[0] == 204
    deployment.refresh_from_db()
    run.refresh_from_db()
    assert (deployment.work_queue_id, run.work_queue_id, WorkQueue.objects.count()) == (None, None, 0)
    assert events() == ["work-queue.deleted", "work-pool.deleted"]


def test_numbers_of_rows_are_limited(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CAPS", {**settings.CAPS, "work_pools": 1, "work_queues": 2, "workers": 1})
    create(owner)
    full = [
        ("work_pools/", {"name": "second"}, None),
        ("work_pools/pool/queues", {"name": "second"}, {"name": "third"}),
        ("work_pools/pool/workers/heartbeat", {"name": "first"}, {"name": "second"}),
    ]
    for path, first, second in full:
        if second is not None:
            assert call(owner, "post", path, first)[0] in (201, 204)
        assert call(owner, "post", path, second or first)[0] == 422, path


def test_access_list_hides_the_pool_and_all_that_is_in_it(organization: Organization) -> None:
    workspace, owner, member = organization.workspace, organization.owner, organization.member
    share(workspace, member.user, "Developer")
    root = f"/api/accounts/{organization.account.id}/workspaces/{workspace.id}"
    pool = owner.api.post(f"{root}/work_pools/", {"name": "pool", "type": "process"}).json()
    mine, other = str(member.user.id), str(owner.user.id)
    levels = {"view": [mine], "run": [other], "manage": [other]}

    def set_list(levels: dict[str, list[str]]) -> int:
        control = {f"{level}_actor_ids": actors for level, actors in levels.items()}
        return owner.api.put(f"{root}/work_pools/pool/access", {"access_control": control}).status_code

    def mine_are() -> tuple[int, int, int, list[str], dict[str, Any]]:
        api = member.api
        return (
            api.get(f"{root}/work_pools/pool").status_code,
            api.patch(f"{root}/work_pools/pool", {"description": "x"}).status_code,
            api.get(f"{root}/work_queues/{pool['default_queue_id']}").status_code,
            [row["name"] for row in api.post(f"{root}/work_pools/filter", {}).json()],
            api.post(f"{root}/work_pools/my-access", {"work_pool_names": ["pool"]}).json(),
        )

    assert mine_are() == (200, 204, 200, ["pool"], {pool["id"]: ["view", "run", "manage"]})
    assert set_list(levels) == 204
    read = owner.api.get(f"{root}/work_pools/pool/access").json()
    assert [actor["id"] for actor in read["view_actors"]] == [mine]
    assert mine_are() == (200, 403, 200, ["pool"], {pool["id"]: ["view"]})
    assert set_list({**levels, "view": [other]}) == 204
    assert mine_are() == (404, 404, 404, [], {})
    assert set_list({level: ["*"] for level in levels}) == 204
    assert mine_are() == (200, 204, 200, ["pool"], {pool["id"]: ["view", "run", "manage"]})


def test_older_clients_get_no_field_that_they_refuse(owner: Person) -> None:
    create(owner)
    for agent, fields in (("prefect/3.3.7 (API 0.8.4)", 2), ("prefect/3.8.0 (API 0.8.4)", 3), ("curl/8", 3)):
        pool = owner.api.get(f"{owner.workspace_api}/work_pools/pool", HTTP_USER_AGENT=agent).json()
        assert len(pool["storage_configuration"]) == fields


def test_types_of_workers_have_valid_templates(owner: Person) -> None:
    status, types = call(owner, "get", "collections/work_pool_types")
    assert (status, call(owner, "get", "collections/views/aggregate-worker-metadata")[1]) == (200, types)
    assert owner.api.get("/api/collections/views/aggregate-worker-metadata").json() == types
    names = sorted(name for kinds in types.values() for name in kinds)
    assert names == [
        "azure-container-instance", "cloud-run", "cloud-run-v2", "docker", "ecs", "kubernetes", "process", "vertex-ai",
    ]  # fmt: skip
    for kinds in types.values():
        for name, kind in kinds.items():
            create(owner, f"of {name}", type=name, base_job_template=kind["default_base_job_configuration"])
    for view, text in (
        ("demo-flows", "Requested content missing for view demo-flows"),
        ("none", "View none not found in registry"),
    ):
        assert call(owner, "get", f"collections/views/{view}") == (404, {"detail": text})
