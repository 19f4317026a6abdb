"""The pages of work pools, their queues and workers."""

from typing import Any

import orjson
import pytest
from django.test import Client

from auditlog.actors import system
from tests.cast import Organization, Person, share
from tests.visits import queries, root, text, visitor
from tests.workspaces.runs import stage
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.work_pools.models import WorkPool, WorkQueue
from workspaces.work_pools.services.pools import create_pool
from workspaces.work_pools.services.queues import create_queue
from workspaces.work_pools.services.workers import note_heartbeat
from workspaces.work_pools.worker_types import worker_types

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
TABS = ("runs", "queues", "workers", "deployments", "concurrency", "access", "details")


def make(workspace: Workspace, name: str = "pool", **fields: Any) -> WorkPool:
    template = worker_types()["prefect"]["process"]["default_base_job_configuration"]
    values = {"name": name, "type": "process", "base_job_template": template, **fields}
    return create_pool(workspace, values, actor=ACTOR)


def add_run(pool: WorkPool, state: str, name: str = "run") -> FlowRun:
    run = stage.flow_run(stage.flow(pool.workspace, f"flow of {name}"), name, state)
    FlowRun.objects.filter(id=run.id).update(work_queue=pool.default_queue_id, work_queue_name="default")
    return run


def place(workspace: Workspace, path: str = "") -> str:
    return f"{root(workspace)}/work-pools{path}"


def test_list_shows_pools_with_their_status_and_nothing_of_a_stranger(owner: Person, stranger: Person) -> None:
    make(stranger.workspace, "secret")
    pool = make(owner.workspace, concurrency_limit=3)
    make(owner.workspace, "resting", is_paused=True)
    note_heartbeat(pool, "worker", interval=30, integrations=[], actor=ACTOR)
    for name, state in (("one", "RUNNING"), ("two", "PENDING"), ("three", "COMPLETED")):
        add_run(pool, state, name)
    page = visitor(owner.user).get(place(owner.workspace))
    assert [(row.pool.name, row.status["name"], row.slots, row.online) for row in page.context["rows"]] == [
        ("pool", "Ready", 2, 1),
        ("resting", "Paused", 0, 0),
    ]
    assert ("2 of 3" in text(page), "secret" in page.content.decode()) == (True, False)


def test_list_makes_the_same_few_queries_for_one_pool_and_for_three(owner: Person) -> None:
    make(owner.workspace, "a")
    client = visitor(owner.user)
    one = queries(client, place(owner.workspace))
    add_run(make(owner.workspace, "b"), "RUNNING")
    make(owner.workspace, "c")
    assert queries(client, place(owner.workspace)) == one <= 8


def test_pool_of_a_type_is_created_with_the_defaults_of_the_form(owner: Person) -> None:
    client = visitor(owner.user)
    assert "Kubernetes" in text(client.get(place(owner.workspace, "/create")))
    where = place(owner.workspace, "/create/process")
    assert client.get(where).status_code == 200
    filled = {
        "name": "local",
        "concurrency_limit": "4",
        "variable-working_dir": "/srv/flows",
        "variable-stream_output": "false",
        "variable-env": '{"REGION": "eu"}',
    }
    answer = client.post(where, filled, follow=True)
    assert "prefect worker start --pool &quot;local&quot;" in answer.content.decode()
    pool = WorkPool.objects.get(workspace=owner.workspace)
    variables = pool.base_job_template["variables"]["properties"]
    assert (pool.type, pool.concurrency_limit) == ("process", 4)
    assert {name: schema["default"] for name, schema in variables.items() if schema.get("default") is not None} == {
        "working_dir": "/srv/flows",
        "stream_output": False,
        "env": {"REGION": "eu"},
    }
    assert client.get(place(owner.workspace, "/create/unknown")).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "a/b", "cannot contain"),
        ("name", "..", "cannot consist of dots"),
        ("name", "taken", "already exists"),
        ("name", "prefect-managed", "reserved"),
        ("variable-env", "{", "valid JSON"),
        ("variable-env", "[1]", "Validation failed"),
        ("concurrency_limit", "-1", "greater than or equal to 0"),
    ],
)
def test_form_says_what_is_wrong(owner: Person, field: str, value: str, message: str) -> None:
    make(owner.workspace, "taken")
    answer = visitor(owner.user).post(place(owner.workspace, "/create/process"), {"name": "new", field: value})
    assert (answer.status_code, message in text(answer)) == (422, True)
    assert WorkPool.objects.filter(workspace=owner.workspace).count() == 1


@pytest.mark.parametrize("kind", [kind for types in worker_types().values() for kind in types])
def test_form_of_every_type_leaves_its_template_as_it_is(owner: Person, kind: str) -> None:
    """Send the form as a browser would, with what it shows, and with the line breaks of a browser."""
    client, where = visitor(owner.user), place(owner.workspace, f"/create/{kind}")
    form = client.get(where).context["form"]
    shown = {field.html_name: str(field.value() if field.value() is not None else "") for field in form}
    sent = {name: value.replace("\n", "\r\n") for name, value in shown.items()}
    assert client.post(where, {**sent, "name": "new"}).status_code == 302
    known = next(types[kind] for types in worker_types().values() if kind in types)
    pool = WorkPool.objects.get(workspace=owner.workspace)
    assert pool.base_job_template == known["default_base_job_configuration"]


def test_integers_beyond_64_bits_are_shown_and_kept(owner: Person) -> None:
    large = 10**30
    properties = {
        "number": {"type": "integer", "default": large}, "any": {"default": {"a": large}},
        "choice": {"enum": [large, 1], "default": large},
    }  # fmt: skip
    template = {"job_configuration": {"command": "run"}, "variables": {"properties": properties}}
    client, pool = visitor(owner.user), make(owner.workspace, base_job_template=template)
    where = place(owner.workspace, "/work-pool/pool")
    assert str(large) in client.get(f"{where}?tab=details").content.decode()
    for page in ("edit", "template"):
        form = client.get(f"{where}/{page}").context["form"]
        shown = {field.html_name: field.value() or "" for field in form}
        assert client.post(f"{where}/{page}", shown).status_code == 302
        pool.refresh_from_db()
        assert pool.base_job_template == template


def test_pool_is_edited_paused_resumed_and_deleted(owner: Person) -> None:
    client, pool = visitor(owner.user), make(owner.workspace, description="old")
    where = place(owner.workspace, "/work-pool/pool")
    form = client.get(f"{where}/edit").context["form"]
    shown = {field.html_name: field.value() or "" for field in form}
    assert client.post(f"{where}/edit", {**shown, "description": "new"}).status_code == 302
    assert client.post(f"{where}/pause").status_code == 302
    pool.refresh_from_db()
    assert (pool.description, pool.is_paused, pool.status) == ("new", True, "PAUSED")
    client.post(f"{where}/resume")
    pool.refresh_from_db()
    assert pool.is_paused is False
    template = {"job_configuration": {"command": "{{ command }}"}, "variables": {"properties": {"command": {}}}}
    assert client.post(f"{where}/template", {"template": orjson.dumps(template).decode()}).status_code == 302
    answer = client.post(f"{where}/template", {"template": '{"job_configuration": {"a": "{{ b }}"}, "variables": {}}'})
    assert answer.status_code == 422
    pool.refresh_from_db()
    assert pool.base_job_template == template
    assert client.post(f"{where}/delete", {"typed": "other"}).status_code == 422
    assert client.post(f"{where}/delete", {"typed": "pool"}).status_code == 302
    assert not WorkPool.objects.filter(workspace=owner.workspace).exists()


@pytest.mark.parametrize("tab", TABS)
def test_tabs_show_the_pool_and_make_few_queries(owner: Person, stranger: Person, tab: str) -> None:
    add_run(make(stranger.workspace), "RUNNING", "secret")
    pool = make(owner.workspace, concurrency_limit=5)
    create_queue(pool, {"name": "urgent", "priority": 1, "concurrency_limit": 2}, actor=ACTOR)
    integrations = [{"name": "prefect-docker", "version": "0.6"}]
    note_heartbeat(pool, "worker-1", interval=30, integrations=integrations, actor=ACTOR)
    add_run(pool, "RUNNING", "busy-bee")
    page = visitor(owner.user).get(place(owner.workspace, f"/work-pool/pool?tab={tab}"))
    assert "secret" not in page.content.decode()
    expected = {
        "runs": "busy-bee", "queues": "urgent", "workers": "prefect-docker 0.6", "deployments": "No deployments yet",
        "concurrency": "1 of 5 slots", "access": "no access list", "details": "Base job template",
    }  # fmt: skip
    assert (page.status_code, expected[tab] in text(page)) == (200, True)
    assert queries(visitor(owner.user), place(owner.workspace, f"/work-pool/pool?tab={tab}")) <= 16


def test_runs_of_a_pool_are_polled_and_filtered(owner: Person) -> None:
    pool = make(owner.workspace)
    add_run(pool, "RUNNING", "busy")
    add_run(pool, "COMPLETED", "done")
    where = place(owner.workspace, "/work-pool/pool?state=running")
    page = visitor(owner.user).get(where)
    assert [row.run.name for row in page.context["rows"]] == ["busy"]
    polled = visitor(owner.user).get(where, headers={"X-Poll": "1"})
    assert ("busy" in text(polled), "<html" in polled.content.decode()) == (True, False)


def test_queue_is_created_edited_paused_and_deleted(owner: Person) -> None:
    client, pool = visitor(owner.user), make(owner.workspace)
    where = place(owner.workspace, "/work-pool/pool")
    client.post(f"{where}/queues/create", {"name": "urgent", "priority": "1", "concurrency_limit": "2"})
    queue = WorkQueue.objects.get(work_pool=pool, name="urgent")
    assert (queue.priority, queue.concurrency_limit) == (1, 2)
    assert client.post(f"{where}/queues/create", {"name": "urgent"}).status_code == 422
    assert "urgent" in text(client.get(f"{where}/queue/urgent"))
    by_id = client.get(f"{root(owner.workspace)}/work-queues/work-queue/{queue.id}")
    assert by_id["Location"] == f"{where}/queue/urgent"
    client.post(f"{where}/queue/urgent/edit", {"name": "urgent", "priority": "2", "concurrency_limit": ""})
    client.post(f"{where}/queue/urgent/pause")
    queue.refresh_from_db()
    assert (queue.priority, queue.concurrency_limit, queue.status) == (2, None, "PAUSED")
    client.post(f"{where}/queue/urgent/resume")
    client.post(f"{where}/queue/default/delete")
    client.post(f"{where}/queue/urgent/delete")
    assert [row.name for row in pool.queues.all()] == ["default"]


def test_worker_has_a_page_and_is_removed(owner: Person, stranger: Person) -> None:
    client, pool = visitor(owner.user), make(owner.workspace)
    worker_id = note_heartbeat(pool, "worker 1", interval=30, integrations=[], actor=ACTOR)
    where = place(owner.workspace, "/work-pool/pool/worker")
    for name in (str(worker_id), "worker 1"):
        assert "Online" in text(client.get(f"{where}/{name}"))
    theirs = note_heartbeat(make(stranger.workspace), "worker 1", interval=30, integrations=[], actor=ACTOR)
    assert client.get(f"{where}/{theirs}").status_code == 404
    client.post(f"{where}/{worker_id}/delete")
    assert client.get(f"{where}/{worker_id}").status_code == 404


@pytest.fixture
def closed(organization: Organization) -> WorkPool:
    """A pool that only the owner of the organization may manage, and a developer who may enter the workspace."""
    pool = make(organization.workspace)
    share(organization.workspace, organization.member.user, "Developer")
    return pool


def set_list(client: Client, where: str, **fields: str) -> int:
    seen = client.get(f"{where}?tab=access").context["seen"]
    return client.post(f"{where}/access", {"seen": seen, **fields}).status_code


def test_access_list_closes_a_pool_and_its_pages(organization: Organization, closed: WorkPool) -> None:
    owner, member = organization.owner.user, organization.member.user
    client, reader, where = visitor(owner), visitor(member), place(organization.workspace, "/work-pool/pool")
    assert reader.get(f"{where}/edit").status_code == 200
    fields = {"level-everyone": "", "add": f"user-{owner.id}", "add-level": "manage"}
    assert (set_list(client, where), set_list(client, where, **fields)) == (302, 302)
    assert [reader.get(f"{where}{page}").status_code for page in ("", "/edit", "/queue/default")] == [404, 404, 404]
    assert reader.get(place(organization.workspace)).context["rows"] == []
    assert set_list(client, where, **{"add": f"user-{member.id}", "add-level": "view"}) == 302
    assert [reader.get(f"{where}{page}").status_code for page in ("", "/edit", "/queues/create")] == [200, 403, 403]
    assert reader.post(f"{where}/pause").status_code == 403
    assert (reader.get(where).context["may_write"], client.get(where).context["may_write"]) == (False, True)
    assert member.name in text(reader.get(f"{where}?tab=access"))
    assert client.post(f"{where}/access", {"seen": "old"}).status_code == 422


def test_reader_sees_no_actions(organization: Organization) -> None:
    make(organization.workspace)
    share(organization.workspace, organization.member.user, "Viewer")
    client, where = visitor(organization.member.user), place(organization.workspace, "/work-pool/pool")
    for tab in TABS:
        shown = client.get(f"{where}?tab={tab}")
        assert (shown.status_code, '<form method="post"' in shown.content.decode().split("<main")[1]) == (200, False)
    assert client.post(f"{where}/pause").status_code == 403


def test_other_pages_name_pools(organization: Organization) -> None:
    """The dashboard, the list of runs, a run and the search. Only those whom its list lets in find a closed pool."""
    pool, owner, member = make(organization.workspace, "etl-pool"), organization.owner.user, organization.member.user
    run = add_run(pool, "RUNNING")
    share(organization.workspace, member, "Developer")
    client, reader, where = visitor(owner), visitor(member), root(organization.workspace)
    pages = [f"{where}/dashboard", f"{where}/runs", f"{where}/runs/flow-run/{run.id}", "/search?q=etl-pool"]
    for page in pages:
        assert [link(pool) in each.get(page).content.decode() for each in (client, reader)] == [True, True], page
    fields = {"level-everyone": "", "add": f"user-{owner.id}", "add-level": "manage"}
    assert set_list(client, place(organization.workspace, "/work-pool/etl-pool"), **fields) == 302
    assert [link(pool) in client.get(page).content.decode() for page in pages] == [True, False, True, True]
    assert [link(pool) in reader.get(page).content.decode() for page in pages] == [False] * 4


def link(pool: WorkPool) -> str:
    return f'/work-pools/work-pool/{pool.name}"'
