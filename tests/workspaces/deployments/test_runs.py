"""Runs that are created from deployments."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.cast import Person
from tests.workspaces.deployments.stage import call, create
from tests.workspaces.runs import stage
from workspaces.events.models import Event
from workspaces.runs.models import FlowRun
from workspaces.work_pools.models import WorkQueue
from workspaces.work_pools.services.pools import create_pool

pytestmark = pytest.mark.django_db

SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "string"}}, "required": ["x"]}
TEMPLATE = {
    "job_configuration": {"cpu": "{{ cpu }}"},
    "variables": {"type": "object", "properties": {"cpu": {"type": "integer"}}, "required": ["cpu"]},
}


def pool(person: Person, name: str = "pool", **fields: Any) -> str:
    return create_pool(person.workspace, {"name": name, **fields}, actor=person.user.as_actor()).name


def run(person: Person, deployment: dict[str, Any], **body: Any) -> tuple[int, Any]:
    return call(person, "post", f"{deployment['id']}/create_flow_run", body)


def test_run_gets_what_it_leaves_out_from_the_deployment(owner: Person) -> None:
    made = create(
        owner, tags=["a", "b"], parameters={"x": 1, "y": "d"}, labels={"team": "t"}, version="7",
        job_variables={"cpu": 1}, work_pool_name=pool(owner),
    )  # fmt: skip
    status, body = run(owner, made, parameters={"x": 2}, tags=["b", "c"], labels={"team": "u"}, name="mine")
    assert status == 201
    assert (body["name"], body["tags"], body["parameters"]) == ("mine", ["a", "b", "c"], {"x": 2, "y": "d"})
    assert (body["deployment_id"], body["deployment_version"], body["flow_id"]) == (made["id"], "7", made["flow_id"])
    assert (body["work_pool_name"], body["work_queue_name"]) == ("pool", "default")
    assert (body["state_type"], body["job_variables"], body["auto_scheduled"]) == ("SCHEDULED", {}, False)
    assert body["labels"] == {"team": "u", "prefect.flow.id": made["flow_id"], "prefect.deployment.id": made["id"]}
    assert body["created_by"]["display_value"] == owner.user.name
    read = owner.api.get(f"{owner.workspace_api}/flow_runs/{body['id']}").json()
    assert {**read, "estimated_start_time_delta": 0} == {**body, "estimated_start_time_delta": 0}


def test_events_of_the_run_name_deployment_queue_and_pool(owner: Person) -> None:
    made = create(owner, tags=["d"], work_pool_name=pool(owner, type="process"))
    run_id = run(owner, made)[1]["id"]
    state = {"state": {"type": "PENDING"}}
    assert owner.api.post(f"{owner.workspace_api}/flow_runs/{run_id}/set_state", state).status_code == 201
    for event in Event.objects.filter(resource_id=f"prefect.flow-run.{run_id}"):
        assert [(one["prefect.resource.role"], one.get("prefect.resource.name")) for one in event.related] == [
            ("flow", "etl"), ("deployment", "nightly"), ("work-queue", "default"), ("work-pool", "pool"), ("tag", None),
        ]  # fmt: skip
        assert event.related[3]["prefect.work-pool.type"] == "process"


def test_run_refers_to_no_deployment_that_is_missing_or_not_of_the_workspace(owner: Person, stranger: Person) -> None:
    theirs = create(stranger, "secret")
    flow = stage.flow(owner.workspace)
    for deployment_id in (theirs["id"], str(uuid4())):
        body = {"flow_id": str(flow.id), "deployment_id": deployment_id}
        answer = owner.api.post(f"{owner.workspace_api}/flow_runs/", body)
        assert (answer.status_code, deployment_id in answer.content.decode()) == (409, False)
    assert not FlowRun.objects.exists()


def test_event_does_not_name_a_deployment_that_is_gone(owner: Person) -> None:
    made = create(owner)
    body = {"flow_id": made["flow_id"], "deployment_id": made["id"]}
    run_id = owner.api.post(f"{owner.workspace_api}/flow_runs/", body).json()["id"]
    assert owner.api.call("delete", f"{owner.workspace_api}/deployments/{made['id']}").status_code == 204
    path = f"{owner.workspace_api}/flow_runs/{run_id}/set_state"
    assert owner.api.post(path, {"state": {"type": "RUNNING"}}).status_code == 201
    event = Event.objects.get(workspace=owner.workspace, event="prefect.flow-run.Running")
    assert "deployment" not in [one["prefect.resource.role"] for one in event.related]


def test_same_key_returns_the_first_run(owner: Person) -> None:
    made = create(owner)
    first, again = (run(owner, made, idempotency_key="k", name=name) for name in ("a", "b"))
    assert (first[0], again[0]) == (201, 200)
    assert first[1]["id"] == again[1]["id"]


def test_parameters_must_match_an_enforced_schema(owner: Person) -> None:
    made = create(owner, parameter_openapi_schema=SCHEMA, enforce_parameter_schema=True)
    text = "Error creating flow run: Validation failed. Failure reason: 'x' is a required property"
    assert run(owner, made) == (409, {"detail": text})
    text = "Error creating flow run: Validation failed for field 'x'. Failure reason: 'n' is not of type 'integer'"
    assert run(owner, made, parameters={"x": "n"}) == (409, {"detail": text})
    assert run(owner, made, parameters={"x": 1, "y": None})[0] == 201
    assert run(owner, made, enforce_parameter_schema=False)[0] == 201


def test_job_variables_must_fit_the_pool(owner: Person) -> None:
    made = create(owner, work_pool_name=pool(owner, base_job_template=TEMPLATE))
    text = "Error creating flow run: Validation failed. Failure reason: 'cpu' is a required property"
    assert run(owner, made) == (422, {"detail": text})
    status, body = run(owner, made, job_variables={"cpu": 2})
    assert (status, body["job_variables"]) == (201, {"cpu": 2})
    path = f"{owner.workspace_api}/flow_runs/{body['id']}"
    assert owner.api.patch(path, {"job_variables": {"cpu": "n"}}).status_code == 422
    assert owner.api.patch(path, {"job_variables": {"cpu": 3}}).status_code == 204


def test_run_can_go_to_another_queue_of_the_pool(owner: Person) -> None:
    made = create(owner, work_pool_name=pool(owner))
    assert run(owner, made, work_queue_name="fast")[1]["work_queue_name"] == "fast"
    assert run(owner, made, work_queue_name="fast")[0] == 201
    assert WorkQueue.objects.filter(workspace=owner.workspace).count() == 2
    served = create(owner, "served")
    text = f"Cannot create flow run in work queue fast because deployment {served['id']} is not associated with"
    status, body = run(owner, served, work_queue_name="fast")
    assert (status, body["detail"][: len(text)]) == (400, text)


def test_bulk_says_for_each_run_whether_it_was_created(owner: Person) -> None:
    made = create(owner, parameter_openapi_schema=SCHEMA, enforce_parameter_schema=True)
    bodies = [
        {"parameters": {"x": 1}, "idempotency_key": "k"},
        {},
        {"parameters": {"x": 2}, "parent_task_run_id": str(uuid4())},
    ]
    status, body = call(owner, "post", f"{made['id']}/create_flow_run/bulk", [*bodies, bodies[0]])
    assert status == 200
    assert [one["status"] for one in body["results"]] == ["CREATED", "FAILED", "FAILED", "CREATED"]
    assert body["results"][0] == body["results"][3]
    assert FlowRun.objects.count() == 1
    assert call(owner, "post", f"{made['id']}/create_flow_run/bulk", [{}] * 101) == (
        400, {"detail": "Cannot create more than 100 flow runs at once."},
    )  # fmt: skip
    assert call(owner, "post", f"{uuid4()}/create_flow_run/bulk", [])[0] == 404


def test_direct_run_goes_to_a_pool(owner: Person, stranger: Person) -> None:
    flow, name = stage.flow(owner.workspace), pool(owner)
    pool(stranger, "theirs")
    path = f"{owner.workspace_api}/flow_runs/"
    body = owner.api.post(path, {"flow_id": str(flow.id), "work_pool_name": name}).json()
    assert (body["work_pool_name"], body["work_queue_name"]) == ("pool", "default")
    answer = owner.api.post(path, {"flow_id": str(flow.id), "work_pool_name": "theirs"})
    assert (answer.status_code, answer.json()) == (404, {"detail": 'Work pool "theirs" not found.'})


@pytest.mark.parametrize("path", ["create_flow_run", "create_flow_run/bulk"])
def test_deployment_of_a_stranger_is_the_missing_one(owner: Person, stranger: Person, path: str) -> None:
    theirs = create(stranger)
    body: Any = {} if path == "create_flow_run" else [{}]
    for deployment_id in (theirs["id"], uuid4()):
        assert call(owner, "post", f"{deployment_id}/{path}", body) == (404, {"detail": "Deployment not found"})
    assert not FlowRun.objects.exists()


def test_disabled_deployment_has_no_new_runs(owner: Person) -> None:
    made = create(owner)
    assert call(owner, "post", f"{made['id']}/disable")[0] == 200
    assert run(owner, made) == (409, {"detail": "The deployment is disabled."})
    assert call(owner, "post", f"{made['id']}/enable")[0] == 200
    assert run(owner, made)[0] == 201


def test_deleting_a_deployment_removes_what_never_ran(owner: Person) -> None:
    made = create(owner)
    waiting, done = (UUID(run(owner, made)[1]["id"]) for _ in range(2))
    FlowRun.objects.filter(id=done).update(run_count=1)
    assert call(owner, "delete", made["id"]) == (204, None)
    [left] = FlowRun.objects.all()
    assert (left.id, str(left.deployment_id)) == (done, made["id"])
    assert waiting != done
    assert owner.api.get(f"{owner.workspace_api}/flow_runs/{done}").json()["deployment_id"] == made["id"]
