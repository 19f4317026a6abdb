"""Every operation of the API with the key of a flow run: what it opens, and only for the run."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey
from auditlog.actors import SERVICE_ACCOUNT, system
from auditlog.models import Entry
from config.asgi import SOCKETS
from core.db.ids import new_id
from orgs.services.service_accounts import create_service_account
from tests.cast import Api, Organization, Person, api_root, share
from tests.rbac import surface
from tests.workspaces.runs import stage
from workspaces.concurrency.models import Lease
from workspaces.concurrency.services.limits import create_limit
from workspaces.concurrency.services.slots import Holder, acquire_slots
from workspaces.models import Workspace
from workspaces.run_keys.models import RunKey
from workspaces.run_keys.services import GRACE, drop_ended_run_keys
from workspaces.runs.models import FlowRun, FlowRunInput, Log, TaskRun
from workspaces.variables.services import create_variable
from workspaces.websockets.access_watcher import _claim, ended_claims
from workspaces.websockets.authentication import _identify
from workspaces.websockets.connection import Caller, Socket
from workspaces.work_pools.models import WorkPool
from workspaces.work_pools.services.pools import create_pool
from workspaces.work_pools.worker_types import worker_types

pytestmark = pytest.mark.django_db
US = system("tests")


async def _unused(*_: Any) -> Any: ...


FROM_HERE = Socket({"client": ("127.0.0.1", 4242), "headers": []}, _unused, _unused)


@dataclass
class Stage:
    """A run that a worker has started with a key, with a subflow, and the same for another run of the workspace."""

    workspace: Workspace
    worker: Api
    pool: WorkPool
    own: FlowRun
    other: FlowRun
    key: str

    @property
    def root(self) -> str:
        return api_root(self.workspace)

    @property
    def run(self) -> Api:
        return Api(self.key)

    def call(self, line: str, body: Any = None, **parts: Any) -> Any:
        """Perform an operation, as `surface` names it, with these parts of the path."""
        method, path = line.split(" ", 1)
        return self.run.call(method, f"{self.root}{_filled(path, parts)}", body)

    def state(self, run: FlowRun, state: str, **more: Any) -> int:
        body = {"state": {"type": state, **more}, "force": False}
        return int(self.call("POST /flow_runs/<id>/set_state", body, id=run.id).status_code)


def _filled(path: str, parts: dict[str, Any]) -> str:
    return re.sub(r"<(\w+)>", lambda found: str(parts.get(found[1], new_id())), path)


def make_pool(workspace: Workspace, name: str, **fields: Any) -> WorkPool:
    template = worker_types()["prefect"]["process"]["default_base_job_configuration"]
    values = {"name": name, "type": "process", "base_job_template": template, "run_keys": True}
    return create_pool(workspace, values | fields, actor=US)


def make_run(workspace: Workspace, name: str, pool: WorkPool) -> FlowRun:
    """A scheduled run of a deployment of the pool."""
    flow = stage.flow(workspace, name)
    deployment = stage.deployment(flow, name, work_queue=pool.default_queue)
    row = stage.flow_run(flow, name, "SCHEDULED")
    FlowRun.objects.filter(id=row.id).update(
        deployment=deployment,
        work_queue=pool.default_queue,
        next_scheduled_start_time=timezone.now() - timedelta(minutes=1),
        end_time=None,
        job_variables={"env": {"REGION": "eu", "PREFECT_API_KEY": "pnb_theirs"}, "working_dir": "/srv"},
    )
    row.refresh_from_db()
    return row


def poll(api: Api, workspace: Workspace, pool: WorkPool) -> dict[str, dict[str, Any]]:
    """The job variables of the runs that a worker gets, by the run's name."""
    answer = api.post(f"{api_root(workspace)}/work_pools/{pool.name}/get_scheduled_flow_runs")
    assert answer.status_code == 200, answer.content
    return {row["flow_run"]["name"]: row["flow_run"]["job_variables"] for row in answer.json()}


@pytest.fixture
def worker(organization: Organization) -> Api:
    actor = organization.owner.user.as_actor()
    bot, _, key = create_service_account(organization.account, name="worker", actor=actor)
    share(organization.workspace, bot, "Owner")
    return Api(key)


@pytest.fixture
def place(organization: Organization, worker: Api) -> Stage:
    workspace = organization.workspace
    pool = make_pool(workspace, "pool")
    own, other = (make_run(workspace, name, pool) for name in ("own", "other"))
    keys = {name: found["env"]["PREFECT_API_KEY"] for name, found in poll(worker, workspace, pool).items()}
    made = Stage(workspace, worker, pool, own, other, keys["own"])
    assert (made.state(own, "PENDING"), made.state(own, "RUNNING")) == (201, 201)
    return made


def test_worker_gets_keys_with_the_runs_and_nothing_secret_is_stored(
    place: Stage, organization: Organization, stranger: Person
) -> None:
    workspace, worker = place.workspace, place.worker
    first, second = (poll(worker, workspace, place.pool)["other"] for _ in range(2))
    assert first == second
    key = first["env"]["PREFECT_API_KEY"]
    assert first == {
        "env": {"REGION": "eu", "PREFECT_API_KEY": key, "prefect_api_key": key},
        "working_dir": "/srv",
    }
    assert [*first["env"]][-1] == "prefect_api_key"
    assert re.fullmatch("pnr_[0-9a-f]{80}", key)
    assert key not in str(list(RunKey.objects.values())) + str(list(FlowRun.objects.values()))
    assert worker.get(f"{place.root}/flow_runs/{place.other.id}").json()["job_variables"]["env"] == {
        "REGION": "eu",
        "PREFECT_API_KEY": "pnb_theirs",
    }
    # Each worker has a key of its own for the run, which does not end that of another.
    theirs = poll(organization.owner.api, workspace, place.pool)["other"]["env"]["PREFECT_API_KEY"]
    assert theirs != key
    for each in (key, theirs):
        assert Api(each).get(f"{place.root}/flow_runs/{place.other.id}").status_code == 200
    # Who may see queues alone gets no key, and neither do workers of pools without the switch.
    share(workspace, organization.member.user, "Viewer")
    assert poll(organization.member.api, workspace, place.pool)["other"]["env"]["PREFECT_API_KEY"] == "pnb_theirs"
    plain = make_pool(workspace, "plain", run_keys=False)
    make_run(workspace, "third", plain)
    assert poll(worker, workspace, plain)["third"]["env"]["PREFECT_API_KEY"] == "pnb_theirs"
    basic = Client().post(
        f"{place.root}/work_pools/pool/get_scheduled_flow_runs",
        {},
        content_type="application/json",
        headers={"Authorization": f"Basic {_base64(f'x:{_value(worker)}')}"},
    )
    env = basic.json()[0]["flow_run"]["job_variables"]["env"]
    assert (
        env["PREFECT_API_AUTH_STRING"]
        == env["prefect_api_auth_string"]
        == f"run:{env['PREFECT_API_KEY']}"
        == f"run:{key}"
    )
    # A stranger's key for a run of their own opens nothing here.
    pool = make_pool(stranger.workspace, "pool")
    make_run(stranger.workspace, "theirs", pool)
    strange = poll(stranger.api, stranger.workspace, pool)["theirs"]["env"]["PREFECT_API_KEY"]
    assert Api(strange).get(f"{place.root}/flow_runs/{place.own.id}").status_code == 401
    assert place.run.get(f"{api_root(stranger.workspace)}/flows/{new_id()}").status_code == 401


def _value(api: Api) -> str:
    return api.headers["Authorization"].split()[1]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def foreign(place: Stage) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Each operation that the key opens, with the parts of its path and the body that name the other run."""
    other = place.other
    task = stage.task_run(other, "task of other", "RUNNING")
    FlowRunInput.objects.create(workspace=place.workspace, flow_run=other, key="asked", value="1")
    create_limit(place.workspace, {"name": "database", "limit": 5}, actor=US)
    lease = acquire_slots(place.workspace, ["database"], 1, holder=Holder("flow_run", other.id)).lease_id
    pool = make_pool(place.workspace, "another")
    by_id = {"id": other.id}
    line = {"name": "n", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z"}
    slots = {"names": ["database"], "slots": 1}
    new_run = {"flow_id": str(place.own.flow_id)}
    yield "POST /flow_runs/<id>/set_state", by_id, {"state": {"type": "CANCELLED"}, "force": True}
    yield "GET /flow_runs/<id>", by_id, None
    yield "PATCH /flow_runs/<id>", by_id, {"name": "new"}
    yield "PATCH /flow_runs/<id>", {"id": place.own.id}, {"job_variables": {"command": "evil"}}
    yield "PATCH /flow_runs/<id>", {"id": place.own.id}, {"infrastructure_pid": "1"}
    yield "PATCH /flow_runs/<id>/labels", by_id, {"a": "b"}
    yield "POST /flow_runs/<id>/input", by_id, {"key": "new", "value": "1"}
    yield "POST /flow_runs/<id>/input/filter", by_id, {"prefix": ""}
    yield "GET /flow_runs/<id>/input/<key>", {**by_id, "key": "asked"}, None
    yield "DELETE /flow_runs/<id>/input/<key>", {**by_id, "key": "asked"}, None
    yield "POST /logs/", {}, [{**line, "flow_run_id": str(other.id)}]
    yield "POST /logs/", {}, [{**line, "flow_run_id": None}]
    yield "POST /logs/", {}, [{**line, "flow_run_id": str(place.own.id), "task_run_id": str(task.id)}]
    yield "POST /flow_runs/", {}, new_run
    yield "POST /flow_runs/", {}, {**new_run, "parent_task_run_id": str(task.id)}
    yield "POST /task_runs/", {}, {"flow_run_id": str(other.id), "task_key": "k", "dynamic_key": "0"}
    yield "POST /task_runs/", {}, {"flow_run_id": None, "task_key": "k", "dynamic_key": "0"}
    yield "GET /task_runs/<id>", {"id": task.id}, None
    yield "PATCH /task_runs/<id>", {"id": task.id}, {"name": "new"}
    yield "GET /flows/<id>", {"id": other.flow_id}, None
    yield "GET /deployments/<id>", {"id": other.deployment_id}, None
    yield "GET /work_pools/<name>", {"name": pool.name}, None
    yield "GET /work_queues/<id>", {"id": pool.default_queue_id}, None
    yield "POST /v2/concurrency_limits/decrement-with-lease", {}, {"lease_id": str(lease)}
    yield "POST /v2/concurrency_limits/leases/<lease_id>/renew", {"lease_id": lease}, {}
    holders = [("flow_run", other.id), ("task_run", task.id), ("deployment", place.own.deployment_id)]
    for kind, holder in holders:
        body = {**slots, "holder": {"type": kind, "id": str(holder)}}
        yield "POST /v2/concurrency_limits/increment-with-lease", {}, body
    yield "POST /v2/concurrency_limits/increment", {}, slots


# What the key opens for every run: without the parts that name something.
FOR_ALL = {
    "POST /flows/",
    "POST /flow_runs/filter",
    "GET /variables/name/<name>",
    "GET /admin/storage",
    "GET /admin/version",
    "GET /csrf-token",
    "POST /telemetry/v1/metrics",
    "GET /health",
    "GET /hello",
    "GET /ready",
    "GET /version",
}


def test_key_opens_nothing_outside_of_its_run(place: Stage) -> None:
    wrong: list[object] = []
    opened = set()
    attempts = list(foreign(place))
    before = _state_of(place.other)
    for line, parts, body in attempts:
        opened.add(line)
        status = place.call(line, body, **parts).status_code
        if status not in ((410,) if "renew" in line else (403, 404)):
            wrong.append((line, body, status))
    for line in surface.WORKSPACE_API.keys() - opened - FOR_ALL:
        for run in (place.own, place.other):
            parts = {"id": run.id, "name": "pool", "work_pool_name": "pool", "flow_run_id": run.id}
            if (status := place.call(line, {}, **parts).status_code) != 403:
                wrong.append((line, status))
    account = f"/api/accounts/{place.workspace.account_id}"
    others = [(account, line) for line in surface.ACCOUNT_API]
    others += [("/api", line) for line, who in surface.OWN_API.items() if who != surface.EVERYBODY]
    for root, line in others:
        method, path = line.split(" ", 1)
        parts = {"account_id": place.workspace.account_id, "workspace_id": place.workspace.id}
        status = place.run.call(method, f"{root}{_filled(path, parts)}", {}).status_code
        if status != 403:
            wrong.append((line, status))
    assert wrong == []
    assert _state_of(place.other) == before
    listed = place.call("POST /flow_runs/filter", {}).json()
    assert [row["id"] for row in listed] == [str(place.own.id)]


def _state_of(run: FlowRun) -> Any:
    return list(FlowRun.objects.filter(id=run.id).values()), Lease.objects.count(), Log.objects.count()


def test_run_does_what_it_needs_and_its_entries_name_it(place: Stage, stranger: Person) -> None:
    own = place.own
    create_variable(place.workspace, name="region", value="eu", tags=[], actor=US)
    assert place.call("GET /variables/name/<name>", name="region").json()["value"] == "eu"
    for line, parts in (
        ("GET /flow_runs/<id>", {"id": own.id}),
        ("GET /flows/<id>", {"id": own.flow_id}),
        ("GET /deployments/<id>", {"id": own.deployment_id}),
        ("GET /work_pools/<name>", {"name": "pool"}),
        ("GET /work_queues/<id>", {"id": place.pool.default_queue_id}),
        ("GET /admin/storage", {}),
    ):
        assert place.call(line, **parts).status_code == 200, line
    # A subflow, and a subflow of it.
    above = own
    for level in ("child", "grandchild"):
        task = place.call(
            "POST /task_runs/", {"flow_run_id": str(above.id), "task_key": level, "dynamic_key": "0"}
        ).json()
        flow = place.call("POST /flows/", {"name": level}).json()
        body = {"flow_id": flow["id"], "parent_task_run_id": task["id"], "state": {"type": "PENDING"}}
        made = place.call("POST /flow_runs/", body)
        assert (made.status_code, made.json()["created_by"]["display_value"]) == (201, "worker")
        above = FlowRun.objects.get(id=made.json()["id"])
        assert place.call("GET /flows/<id>", id=flow["id"]).status_code == 200
        assert place.call("GET /task_runs/<id>", id=task["id"]).status_code == 200
        assert place.state(above, "RUNNING") == 201
        of_task = {"flow_runs": {"parent_task_run_id": {"any_": [task["id"]]}}}
        assert [row["id"] for row in place.call("POST /flow_runs/filter", of_task).json()] == [str(above.id)]
    assert place.state(above, "COMPLETED") == 201
    log = {"name": "n", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z"}
    lines = [{**log, "flow_run_id": str(run.id), "task_run_id": str(new_id())} for run in (own, above)]
    assert place.call("POST /logs/", lines).status_code == 201
    # Slots with a lease, and of a rate limit.
    create_limit(place.workspace, {"name": "database", "limit": 5}, actor=US)
    create_limit(place.workspace, {"name": "api", "limit": 5, "slot_decay_per_second": 1}, actor=US)
    slots = {"names": ["database"], "slots": 1, "holder": {"type": "task_run", "id": str(new_id())}}
    lease = place.call("POST /v2/concurrency_limits/increment-with-lease", slots).json()["lease_id"]
    renewed = place.call("POST /v2/concurrency_limits/leases/<lease_id>/renew", {}, lease_id=lease)
    released = place.call("POST /v2/concurrency_limits/decrement-with-lease", {"lease_id": lease})
    assert (renewed.status_code, released.status_code, Lease.objects.count()) == (204, 204, 0)
    rate = {"names": ["api"], "slots": 1, "mode": "rate_limit"}
    assert place.call("POST /v2/concurrency_limits/increment", rate).status_code == 200
    # Runs of another flow that have an idempotency key are not given away by it.
    FlowRun.objects.filter(id=place.other.id).update(flow=own.flow_id, idempotency_key="known")
    task_id = str(TaskRun.objects.get(flow_run=own).id)
    body = {"flow_id": str(own.flow_id), "parent_task_run_id": task_id, "idempotency_key": "known"}
    assert place.call("POST /flow_runs/", body).status_code == 403
    assert place.call("PATCH /flow_runs/<id>", {"name": "renamed"}, id=own.id).status_code == 204
    entry = Entry.objects.filter(action="flow-run.updated").latest("id")
    assert (entry.actor_name, entry.detail["by_flow_run"]) == ("worker", str(own.id))
    assert Entry.objects.exclude(detail__by_flow_run=None).exclude(action__startswith="flow").count() == 0


def test_key_ends_with_the_run_and_never_works_again(place: Stage) -> None:
    own = place.own

    def get(key: str = place.key) -> int:
        return Api(key).get(f"{place.root}/flow_runs/{own.id}").status_code

    # A retry in the process is no end.
    FlowRun.objects.filter(id=own.id).update(empirical_policy={"retries": 1, "retry_delay": 0})
    assert (place.state(own, "FAILED"), FlowRun.objects.get(id=own.id).state_name) == (201, "AwaitingRetry")
    assert (get(), place.state(own, "RUNNING"), get()) == (200, 201, 200)
    caller = _identify(FROM_HERE, place.key, place.workspace.account_id, place.workspace.id, SOCKETS["events/in"][0])
    assert isinstance(caller, Caller)
    claim = _claim(caller)
    assert ended_claims([claim]) == []
    # The last log lines and events come after the last state.
    assert (place.state(own, "COMPLETED"), get(), ended_claims([claim])) == (201, 200, [])
    assert timedelta(seconds=1) < GRACE < timedelta(seconds=5)
    FlowRun.objects.filter(id=own.id).update(end_time=timezone.now() - GRACE)
    assert (get(), ended_claims([claim])) == (401, [claim])
    door = SOCKETS["events/in"][0]
    assert _identify(FROM_HERE, place.key, place.workspace.account_id, place.workspace.id, door) == "Invalid token"
    # When the run is started again, it gets another key.
    again = {"state": {"type": "SCHEDULED"}}
    answer = place.worker.post(f"{place.root}/flow_runs/{own.id}/set_state", again)
    assert (answer.status_code, get()) == (201, 401)
    new = poll(place.worker, place.workspace, place.pool)["own"]["env"]["PREFECT_API_KEY"]
    assert (new == place.key, get(new), get()) == (False, 200, 401)
    # It ends with the worker's key, and with the run.
    drop_ended_run_keys(before=timezone.now() + timedelta(1))
    assert (RunKey.objects.count(), get(new)) == (2, 200)
    other = poll(place.worker, place.workspace, place.pool)["other"]["env"]["PREFECT_API_KEY"]
    assert place.worker.delete(f"{place.root}/flow_runs/{place.other.id}").status_code == 204
    assert Api(other).get(f"{place.root}/flow_runs/{place.other.id}").status_code == 401
    ApiKey.objects.filter(user__kind=SERVICE_ACCOUNT).delete()
    assert get(new) == 401
    drop_ended_run_keys(before=timezone.now() + timedelta(1))
    assert RunKey.objects.count() == 0
    assert [get(wrong) for wrong in ("pnr_", new[:-1] + "x", f"pnr_{'0' * 80}", new + "0")] == [401] * 4


def test_websockets_keep_to_the_run(place: Stage) -> None:
    found = {
        name: _identify(FROM_HERE, place.key, place.workspace.account_id, place.workspace.id, door)
        for name, (door, _) in SOCKETS.items()
    }
    opened = {name: caller for name, caller in found.items() if isinstance(caller, Caller)}
    assert ({*opened}, found["logs/out"]) == ({"events/in", "events/out"}, "Forbidden")
    run = opened["events/in"].run
    assert run is not None
    assert run.run_id == place.own.id


def test_run_that_is_scheduled_again_starts_as_it_was(place: Stage) -> None:
    before = FlowRun.objects.values_list("parameters", "job_variables").get(id=place.own.id)
    changed = place.call("PATCH /flow_runs/<id>", {"parameters": {"command": "evil"}}, id=place.own.id)
    assert changed.status_code == 403
    # The run may ask for a retry by a worker, as clients do when their machine is shut down.
    assert place.state(place.own, "SCHEDULED", name="AwaitingRetry") == 201
    assert "own" in poll(place.worker, place.workspace, place.pool)
    assert FlowRun.objects.values_list("parameters", "job_variables").get(id=place.own.id) == before
