"""Access lists of deployments, and of the work pools that govern them."""

import json
from typing import Any

import pytest

from orgs.services.roles import create_role
from rbac.access_lists import MANAGE, RUN, VIEW
from tests.cast import Organization, Person, make_colleague, share
from tests.visits import visitor
from tests.workspaces.runs import stage
from workspaces.deployments.models import Deployment
from workspaces.pages import address
from workspaces.runs.models import FlowRun
from workspaces.work_pools.services.pools import create_pool

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(organization: Organization) -> str:
    workspace = organization.workspace
    share(workspace, organization.member.user, "Developer")
    pool = create_pool(workspace, {"name": "pool"}, actor=organization.owner.user.as_actor())
    stage.deployment(stage.flow(workspace), work_queue=pool.default_queue)
    return f"/api/accounts/{workspace.account_id}/workspaces/{workspace.id}"


def put(person: Person, path: str, **who: list[Any]) -> int:
    names = {f"{level}_actor_ids": [str(one) for one in who.get(level, [])] for level in (VIEW, RUN, MANAGE)}
    return person.api.put(f"{path}/access", {"access_control": names}).status_code


def statuses(person: Person, root: str) -> dict[str, int]:
    """What the person gets for each use of the deployment."""
    one, api = f"{root}/deployments/{Deployment.objects.get().id}", person.api
    return {
        "read": api.get(one).status_code,
        "run": api.post(f"{one}/create_flow_run").status_code,
        "change": api.patch(one, {"description": "x"}).status_code,
        "listed": api.post(f"{root}/deployments/count").json(),
    }


ALL = {"read": 200, "run": 201, "change": 204, "listed": 1}
NONE = {"read": 404, "run": 404, "change": 404, "listed": 0}


@pytest.mark.parametrize("governor", ["deployment", "pool"])
def test_list_decides_what_may_be_done(organization: Organization, root: str, governor: str) -> None:
    member, owner, deployment = organization.member, organization.owner, Deployment.objects.get()
    path = f"{root}/deployments/{deployment.id}" if governor == "deployment" else f"{root}/work_pools/pool"
    assert statuses(member, root) == ALL
    assert put(owner, path, manage=[owner.user.id]) == 204
    assert (statuses(member, root), statuses(owner, root)) == (NONE, ALL)
    assert put(owner, path, manage=[owner.user.id], view=[member.user.id]) == 204
    assert statuses(member, root) == {"read": 200, "run": 403, "change": 403, "listed": 1}
    assert put(owner, path, manage=[owner.user.id], run=["*"]) == 204
    assert statuses(member, root) == {"read": 200, "run": 201, "change": 403, "listed": 1}
    mine = member.api.post(f"{root}/deployments/my-access", {"deployment_ids": [str(deployment.id)]}).json()
    assert mine == {str(deployment.id): ["view", "run"]}
    assert put(owner, path, manage=["*"], run=["*"], view=["*"]) == 204
    assert statuses(member, root) == ALL


def test_lists_do_not_concern_a_deployment_without_a_list_and_a_pool(organization: Organization, root: str) -> None:
    Deployment.objects.update(work_queue=None)
    assert statuses(organization.member, root) == ALL


def test_list_is_read_back(organization: Organization, root: str) -> None:
    path = f"{root}/deployments/{Deployment.objects.get().id}"
    everyone = [{"id": "*", "name": "*", "email": None, "type": "*"}]
    read = organization.member.api.get(f"{path}/access").json()
    assert read == {"manage_actors": everyone, "run_actors": everyone, "view_actors": everyone}
    owner = organization.owner.user
    assert put(organization.owner, path, manage=[owner.id], view=["*"]) == 204
    read = organization.member.api.get(f"{path}/access").json()
    assert read["manage_actors"] == [{"id": str(owner.id), "name": owner.name, "email": owner.email, "type": "user"}]
    assert (read["run_actors"], read["view_actors"]) == ([], everyone)


def test_only_managers_write_the_list(organization: Organization, root: str, stranger: Person) -> None:
    path = f"{root}/deployments/{Deployment.objects.get().id}"
    viewer = make_colleague(organization.account, "vera")
    share(organization.workspace, viewer.user, "Viewer")
    everybody = {"manage": ["*"], "run": ["*"], "view": ["*"]}
    assert put(viewer, path, **everybody) == 403
    assert put(stranger, path, **everybody) == 404
    assert put(organization.owner, path, manage=[stranger.user.id]) == 422
    assert put(organization.owner, path, manage=[organization.owner.user.id], view=["*"]) == 204
    assert put(organization.member, path, **everybody) == 403


def test_name_of_a_hidden_deployment_cannot_be_overwritten(organization: Organization, root: str) -> None:
    deployment = Deployment.objects.get()
    assert put(organization.owner, f"{root}/deployments/{deployment.id}", manage=[organization.owner.user.id]) == 204
    body = {"name": deployment.name, "flow_id": str(deployment.flow_id), "description": "mine"}
    assert organization.member.api.post(f"{root}/deployments/", body).status_code == 404
    deployment.refresh_from_db()
    assert deployment.description is None


def test_pool_that_one_may_not_run_takes_no_deployment(organization: Organization, root: str) -> None:
    assert put(organization.owner, f"{root}/work_pools/pool", manage=[organization.owner.user.id]) == 204
    body = {"name": "other", "flow_id": str(Deployment.objects.get().flow_id), "work_pool_name": "pool"}
    answer = organization.member.api.post(f"{root}/deployments/", body)
    assert (answer.status_code, answer.json()) == (404, {"detail": 'Work pool "pool" not found.'})


def test_runs_of_a_deployment_that_one_may_not_run_cannot_be_created_or_started_again(
    organization: Organization, root: str
) -> None:
    deployment, member, owner = Deployment.objects.get(), organization.member.api, organization.owner
    flow, runs = str(deployment.flow_id), f"{root}/flow_runs"
    run = owner.api.post(f"{root}/deployments/{deployment.id}/create_flow_run").json()["id"]
    new = {"flow_id": flow, "deployment_id": str(deployment.id), "state": {"type": "SCHEDULED"}}
    again = {"state": {"type": "SCHEDULED"}}

    def tries() -> list[int]:
        created = member.post(f"{runs}/", new).status_code
        changed = member.patch(f"{runs}/{run}", {"parameters": {"x": 1}}).status_code
        started = member.post(f"{runs}/{run}/set_state", again).status_code
        of_run = {"flow_runs": {"id": {"any_": [run]}}}
        return [created, changed, started, len(member.post(f"{runs}/bulk_set_state", again | of_run).json()["results"])]

    assert tries() == [201, 204, 201, 1]
    path = f"{root}/deployments/{deployment.id}"
    assert put(owner, path, manage=[owner.user.id], view=["*"]) == 204
    assert tries() == [403, 403, 403, 0]
    assert put(owner, path, manage=[owner.user.id]) == 204
    assert tries() == [404, 403, 403, 0]
    assert FlowRun.objects.get(id=run).parameters == {"x": 1}
    assert member.patch(f"{runs}/{run}", {"name": "seen"}).status_code == 204
    assert put(owner, path, manage=[owner.user.id], run=["*"]) == 204
    assert tries() == [201, 204, 201, 1]


def test_runs_of_a_deployment_need_the_scope_to_run_deployments(organization: Organization, root: str) -> None:
    create_role(organization.account, name="Flows", scopes=["run_flows"], actor=organization.owner.user.as_actor())
    person, deployment = make_colleague(organization.account, "fred"), Deployment.objects.get()
    share(organization.workspace, person.user, "Flows")
    body = {"flow_id": str(deployment.flow_id)}
    assert person.api.post(f"{root}/flow_runs/", body).status_code == 201
    assert person.api.post(f"{root}/flow_runs/", body | {"deployment_id": str(deployment.id)}).status_code == 403


def test_queues_of_agents_get_no_runs_of_hidden_deployments(organization: Organization, root: str) -> None:
    deployment, owner = Deployment.objects.get(), organization.owner
    assert put(owner, f"{root}/deployments/{deployment.id}", manage=[owner.user.id]) == 204
    owner.api.post(f"{root}/deployments/{deployment.id}/create_flow_run")
    body = {"name": "q", "filter": {"deployment_ids": [str(deployment.id)]}}
    queue = organization.member.api.post(f"{root}/work_queues/", body).json()["id"]
    runs = [
        person.api.post(f"{root}/work_queues/{queue}/get_runs", {}).json() for person in (organization.member, owner)
    ]
    assert list(map(len, runs)) == [0, 1]


def test_hidden_pools_get_nothing_and_show_nothing(organization: Organization, root: str) -> None:
    deployment, member, owner = Deployment.objects.get(), organization.member.api, organization.owner
    version = {"version_info": {"type": "git", "version": "1"}, "work_pool_name": "pool"}
    made = member.post(f"{root}/deployments/", {"name": "mine", "flow_id": str(deployment.flow_id), **version}).json()
    path = f"{root}/deployments/{made['id']}"
    first = member.post(f"{path}/versions/paginate").json()["results"][0]["id"]
    without_pool = {"work_pool_name": None, "version_info": {"type": "git", "version": "2"}}
    assert member.patch(path, without_pool).status_code == 204
    agents = {"flow_id": str(deployment.flow_id), "name": "agents", "work_queue_name": "q"}
    assert member.post(f"{root}/deployments/", agents).status_code == 201
    assert len(member.get(f"{path}/work_queue_check").json()) == 3
    for pool in ("pool", "default-agent-pool"):
        assert put(owner, f"{root}/work_pools/{pool}", manage=[owner.user.id]) == 204
    assert member.get(f"{path}/work_queue_check").json() == []
    assert member.post(f"{root}/deployments/", agents | {"name": "others"}).status_code == 404
    assert member.patch(path, {"work_queue_name": "q"}).status_code == 404
    assert member.post(f"{path}/versions/{first}/promote").status_code == 404
    page = f"{address(organization.workspace, 'deployments')}/deployment/{made['id']}/versions/{first}/promote"
    assert visitor(organization.member.user).post(page).status_code == 404
    assert owner.api.post(f"{path}/versions/{first}/promote").status_code == 200


def test_checking_values_does_not_show_variables(organization: Organization, root: str) -> None:
    create_role(organization.account, name="Few", scopes=["see_flows"], actor=organization.owner.user.as_actor())
    person = make_colleague(organization.account, "fred")
    share(organization.workspace, person.user, "Few")
    organization.owner.api.post(f"{root}/variables/", {"name": "password", "value": "hunter2"})
    marker = {"__prefect_kind": "workspace_variable", "variable_name": "password"}
    body = {"schema": {"properties": {"x": {"type": "integer"}}}, "values": {"x": marker}}
    answers = [one.api.post(f"{root}/ui/schemas/validate", body).content for one in (organization.member, person)]
    assert ["hunter2" in answer.decode() for answer in answers] == [True, False]


def test_parameters_do_not_show_variables_either(organization: Organization, root: str) -> None:
    """Neither directly nor as JSON text that would be read at the next run."""
    permissions = ["manage_deployments", "see_flows"]
    create_role(organization.account, name="Few", scopes=permissions, actor=organization.owner.user.as_actor())
    person, deployment = make_colleague(organization.account, "fred"), Deployment.objects.get()
    share(organization.workspace, person.user, "Few")
    one = f"{root}/deployments/{deployment.id}"
    page = f"{address(organization.workspace, 'deployments')}/deployment/{deployment.id}"
    fields = list(visitor(person.user).get(f"{page}/edit").context["form"])
    shown = {name: field.value() or "" for field in fields for name in (field.html_name, field.html_initial_name)}
    variable = {"__prefect_kind": "workspace_variable", "variable_name": "password"}
    for value in (variable, {"__prefect_kind": "json", "value": json.dumps(variable)}):
        values = {"parameters": {"x": [value]}}
        create = {"name": "new", "flow_id": str(deployment.flow_id), **values}
        browser, text = visitor(person.user), json.dumps(values["parameters"])
        assert [
            person.api.post(f"{root}/deployments/", create).status_code,
            person.api.patch(one, values).status_code,
            person.api.post(f"{one}/create_flow_run", values).status_code,
            person.api.post(f"{one}/create_flow_run/bulk", [values]).status_code,
            browser.post(f"{page}/run", {"when": "now", "mode": "json", "json": text}).status_code,
            browser.post(f"{page}/edit", shown | {"parameters": text}).status_code,
        ] == [403, 403, 403, 403, 403, 422]  # the form says so itself
    assert not FlowRun.objects.exists()
    assert person.api.post(f"{one}/create_flow_run", {"parameters": {"x": 1}}).status_code == 201
