"""What can happen to a workspace."""

from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from auditlog.models import Entry
from tests.cast import Person
from tests.rbac.shelf.models import Deployed, Pool
from workspaces.models import Owned, Workspace
from workspaces.runs.schemas import LogCreate
from workspaces.runs.services.logs import write_logs
from workspaces.services import create_workspace, delete_workspace, update_workspace

pytestmark = pytest.mark.django_db


def fill(person: Person) -> None:
    """A subflow with everything that hangs on it."""

    def post(path: str, body: Any) -> Any:
        answer = person.api.post(f"{person.workspace_api}{path}", body)
        assert answer.status_code == 201, answer.content
        return answer.json()

    flow = post("/flows/", {"name": "etl"})
    run = post("/flow_runs/", {"flow_id": flow["id"]})
    task = post("/task_runs/", {"flow_run_id": run["id"], "task_key": "t", "dynamic_key": "0"})
    post("/flow_runs/", {"flow_id": flow["id"], "parent_task_run_id": task["id"]})
    post(f"/flow_runs/{run['id']}/input", {"key": "k", "value": "1"})
    line = LogCreate.model_validate(
        {"name": "n", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z", "flow_run_id": run["id"]}
    )
    write_logs(person.workspace, [line], actor=person.user.as_actor())
    pool = Pool.objects.create(workspace=person.workspace, name="pool")
    Deployed.objects.create(workspace=person.workspace, name="deployed", pool=pool)


def rows_of(workspace: Workspace) -> dict[str, int]:
    return {
        model.__name__: model._default_manager.filter(workspace_id=workspace.id).count()
        for model in apps.get_models()
        if issubclass(model, Owned)
    }


def test_deleting_takes_everything_of_the_tenant_and_nothing_of_another(owner: Person, stranger: Person) -> None:
    fill(owner)
    fill(stranger)
    assert rows_of(owner.workspace) == rows_of(stranger.workspace)
    assert 0 not in rows_of(owner.workspace).values()
    before = rows_of(stranger.workspace)
    delete_workspace(owner.workspace, actor=owner.user.as_actor())
    assert set(rows_of(Workspace(id=owner.workspace.id)).values() or {0}) == {0}
    assert rows_of(stranger.workspace) == before
    assert Entry.objects.filter(action="workspace.deleted").get().actor_id == owner.user.id


def test_handle_is_unique_in_its_account_only(owner: Person, stranger: Person) -> None:
    with pytest.raises(ValidationError):
        create_workspace(owner.account, name="Again", handle="home", actor=owner.user.as_actor())
    other = create_workspace(owner.account, name="Other", handle="other", actor=owner.user.as_actor())
    with pytest.raises(ValidationError):
        update_workspace(other, handle="home", actor=owner.user.as_actor())
    assert stranger.workspace.handle == owner.workspace.handle == "home"


def test_update_records_what_changed(owner: Person) -> None:
    update_workspace(owner.workspace, name="New", description="", actor=owner.user.as_actor())
    entry = Entry.objects.get(action="workspace.updated")
    assert entry.detail == {"changes": {"name": {"from": "Home of olga", "to": "New"}}}
