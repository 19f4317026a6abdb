"""Copy a deployment, branch it over the API, and change many at once on the list."""

from typing import Any

import pytest

from auditlog.actors import system
from rbac.access_lists import MANAGE, VIEW, AccessEntry, read_list, replace_list
from tests.cast import Organization, Person, share
from tests.visits import root, text, visitor
from tests.workspaces.runs import stage
from workspaces.concurrency.models import ConcurrencyLimit
from workspaces.deployments.models import Deployment
from workspaces.models import Workspace
from workspaces.work_pools.services.pools import create_pool

pytestmark = pytest.mark.django_db
US = system("tests")


def make(workspace: Workspace, name: str = "nightly", flow: str = "etl") -> Deployment:
    row = stage.full_deployment(stage.flow(workspace, flow), name, US)
    pool = workspace.workpools.filter(name="pool").first() or create_pool(workspace, {"name": "pool"}, actor=US)
    limit = ConcurrencyLimit.objects.create(
        workspace=workspace, name=f"deployment:{row.id}", limit=3, created=row.created, updated=row.updated
    )
    row.work_queue, row.work_queue_name, row.concurrency_limit = pool.default_queue, "default", limit
    row.job_variables = {"image": "x"}
    row.save()
    return row


def place(workspace: Workspace, path: str) -> str:
    return f"{root(workspace)}/deployments/{path}"


def test_copy_has_what_the_deployment_has(owner: Person, stranger: Person) -> None:
    source, theirs = make(owner.workspace), make(stranger.workspace)
    replace_list(source, {VIEW: AccessEntry(everyone=True), MANAGE: AccessEntry(users=frozenset({owner.user.id}))})
    client, where = visitor(owner.user), place(owner.workspace, f"deployment/{source.id}/copy")
    form = client.get(where).context["form"]
    assert (form["name"].value(), form["schedules"].value()) == ("nightly copy", "inactive")
    taken = client.post(where, {"name": "nightly", "schedules": "keep"})
    assert (taken.status_code, "has a deployment with this name" in text(taken)) == (422, True)
    assert client.post(where, {"name": "a/b", "schedules": "keep"}).status_code == 422
    assert client.post(where, {"name": "weekly", "schedules": "inactive"}).status_code == 302
    copy, source = Deployment.objects.get(name="weekly"), Deployment.objects.get(id=source.id)
    for field in (
        "flow",
        "parameters",
        "tags",
        "job_variables",
        "work_queue",
        "description",
        "entrypoint",
        "restricted",
    ):
        assert getattr(copy, field) == getattr(source, field), field
    assert read_list(copy) == read_list(source)
    assert copy.concurrency_limit is not None
    assert (copy.concurrency_limit.limit, copy.concurrency_limit.name) == (3, f"deployment:{copy.id}")
    assert [(row.active, row.slug) for row in copy.schedules.order_by("id")] == [(False, "nightly"), (False, None)]
    strange = place(owner.workspace, f"deployment/{theirs.id}/copy")
    assert (client.get(strange).status_code, visitor(stranger.user).get(where).status_code) == (404, 404)


def test_branch_is_a_copy_with_other_fields(owner: Person, stranger: Person) -> None:
    source, theirs = make(owner.workspace), make(stranger.workspace)
    path = f"{owner.workspace_api}/deployments/{source.id}/branch"
    body: dict[str, Any] = {"branch": "feature/x", "overrides": {"description": "of the branch"}}
    answer = owner.api.post(path, body)
    made = answer.json()
    found = (answer.status_code, made["name"], made["description"], made["schedules"], made["work_pool_name"])
    assert found == (200, "nightly-feature-x", "of the branch", [], "pool")
    assert owner.api.post(path, body).status_code == 409
    body = {"branch": "y", "options": {"schedule_handling": "keep"}}
    assert len(owner.api.post(path, body).json()["schedules"]) == 2
    assert owner.api.post(path, {"branch": ""}).status_code == 422
    wrong = {"branch": "z", "overrides": {"global_concurrency_limit_id": str(theirs.id)}}
    assert owner.api.post(path, wrong).status_code == 404
    assert Deployment.objects.filter(workspace=owner.workspace).count() == 3
    assert owner.api.post(path.replace(str(source.id), str(theirs.id)), body).status_code == 404
    assert stranger.api.post(path, body).status_code == 404


def test_selected_deployments_are_paused_resumed_and_deleted(organization: Organization, stranger: Person) -> None:
    workspace, client = organization.workspace, visitor(organization.owner.user)
    rows = [make(workspace, name, name) for name in ("one", "two", "three")]
    theirs = make(stranger.workspace)
    page = client.get(f"{root(workspace)}/deployments?select=all").content.decode()
    assert (page.count('name="deployment"'), page.count(" checked>"), "Pause selected" in page) == (3, 3, True)
    chosen = {"deployment": [str(rows[0].id), str(rows[1].id), str(theirs.id)], "back": "paused=no"}
    asked = client.get(place(workspace, "selected/pause"), chosen)
    assert ("Pause 3 deployments?" in text(asked), asked.context["back"].endswith("?paused=no")) == (True, True)
    done = client.post(place(workspace, "selected/pause"), chosen)
    assert "2 done, 1 refused." in text(done)
    paused = Deployment.objects.filter(paused=True)
    assert {*paused.values_list("id", flat=True)} == {rows[0].id, rows[1].id}
    client.post(place(workspace, "selected/resume"), {"deployment": str(rows[0].id)})
    assert [row.id for row in paused] == [rows[1].id]
    # Of one with an access list, whoever is not on it changes nothing.
    share(workspace, organization.member.user, "Developer")
    replace_list(rows[2], {VIEW: AccessEntry(everyone=True)})
    member = visitor(organization.member.user)
    refused = member.post(place(workspace, "selected/pause"), {"deployment": str(rows[2].id)})
    assert ("0 done, 1 refused." in text(refused), paused.count()) == (True, 1)
    gone = client.post(place(workspace, "selected/delete"), {"deployment": [str(row.id) for row in rows]})
    assert ("3 done, 0 refused." in text(gone), Deployment.objects.get().id) == (True, theirs.id)
    many = client.post(
        place(workspace, "selected/delete"), {"deployment": [str(stage.id_at(theirs.created)) for _ in range(26)]}
    )
    assert many.status_code == 422
    assert "No deployment is selected" in text(client.get(place(workspace, "selected/delete")))


def test_list_of_runs_shows_those_of_a_work_pool(owner: Person, stranger: Person) -> None:
    source, theirs = make(owner.workspace), make(stranger.workspace)
    runs = [stage.flow_run(source.flow, name, "COMPLETED") for name in ("pooled", "loose")]
    runs[0].work_queue = source.work_queue
    runs[0].save()
    assert source.work_queue is not None
    assert theirs.work_queue is not None
    client = visitor(owner.user)
    page = client.get(f"{root(owner.workspace)}/runs?work-pool={source.work_queue.work_pool_id}")
    listed = [row.run.name for row in page.context["rows"]]
    assert (listed, [(chip.label, chip.value) for chip in page.context["chips"]]) == (
        ["pooled"],
        [("Work pool", "pool")],
    )
    assert page.context["pools"] == [(source.work_queue.work_pool_id, "pool")]
    strange = client.get(f"{root(owner.workspace)}/runs?work-pool={theirs.work_queue.work_pool_id}")
    assert ([*strange.context["rows"]], strange.context["chips"][0].value) == ([], "unknown")
