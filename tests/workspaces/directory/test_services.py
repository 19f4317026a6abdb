"""What can happen to a workspace."""

from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils import timezone

from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Conflict, Forbidden, Invalid
from rbac import builtin
from rbac.models import Grant, WorkspaceRole
from tests.cast import Organization, Person
from tests.rbac.shelf.models import Deployed, Pool
from tests.trash import empty_trash
from workspaces.access.default_roles import default_role
from workspaces.directory.services import create_workspace, delete_workspace, update_settings, update_workspace
from workspaces.models import Workspace, WorkspaceOwned
from workspaces.retention.models import LegalHold, PruningProgress
from workspaces.retention.services import set_workspace_retention
from workspaces.run_keys.services import issue_run_keys
from workspaces.runs.schemas import LogCreate
from workspaces.runs.services.logs import write_logs
from workspaces.saved_searches.services import create_saved_search
from workspaces.scoping import enter

pytestmark = pytest.mark.django_db
BY = system("tests")


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
    post("/variables/", {"name": "v", "value": 1})
    create_saved_search(person.workspace, name="failed", filters=[], actor=person.user.as_actor())
    post("/work_pools/", {"name": "machines", "type": "process"})
    person.api.post(f"{person.workspace_api}/work_pools/machines/workers/heartbeat", {"name": "w"})
    post(
        "/deployments/",
        {
            "name": "nightly", "flow_id": flow["id"], "work_pool_name": "machines", "concurrency_limit": 1,
            "schedules": [{"schedule": {"interval": 3600}}], "version_info": {"type": "git", "version": "1"},
        },
    )  # fmt: skip
    issue_run_keys(person.workspace, person.key, [run["id"]])
    set_workspace_retention(person.workspace, {"runs": 90}, actor=BY)
    PruningProgress.objects.create(workspace=person.workspace, next_at=timezone.now())
    post("/v2/concurrency_limits/", {"name": "database", "limit": 1})
    slots = {"names": ["database"], "slots": 1, "mode": "concurrency"}
    person.api.post(f"{person.workspace_api}/v2/concurrency_limits/increment-with-lease", slots)
    pool = Pool.objects.create(workspace=person.workspace, name="pool")
    Deployed.objects.create(workspace=person.workspace, name="deployed", pool=pool)


def rows_of(workspace: Workspace) -> dict[str, int]:
    return {
        model.__name__: model._default_manager.filter(workspace_id=workspace.id).count()
        for model in apps.get_models()
        if issubclass(model, WorkspaceOwned) and model is not LegalHold  # with one, the workspace cannot be deleted
    }


def test_deleting_takes_everything_of_the_tenant_and_nothing_of_another(owner: Person, stranger: Person) -> None:
    fill(owner)
    fill(stranger)
    assert rows_of(owner.workspace) == rows_of(stranger.workspace)
    assert 0 not in rows_of(owner.workspace).values()
    before = rows_of(stranger.workspace)
    delete_workspace(owner.workspace, actor=owner.user.as_actor())
    empty_trash()
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


@pytest.mark.parametrize(
    "bad", [{"name": " "}, {"name": "x" * 81}, {"handle": "A b"}, {"handle": "x" * 300}, {"handle": ""}]
)
def test_bad_name_or_handle_is_refused(owner: Person, bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        create_workspace(owner.account, **{"name": "New", "handle": "new", **bad}, actor=BY)
    with pytest.raises(ValidationError):
        update_workspace(owner.workspace, **bad, actor=BY)
    owner.workspace.refresh_from_db()
    assert (owner.workspace.name, owner.workspace.handle) == ("Home of olga", "home")


def test_one_workspace_too_many_is_refused(owner: Person, settings: Any) -> None:
    settings.CAPS = {**settings.CAPS, "workspaces": 1}
    with pytest.raises(Invalid, match="at most 1 workspaces"):
        create_workspace(owner.account, name="New", handle="new", actor=BY)


@pytest.mark.parametrize(("who", "gets_role"), [("owner", False), ("admin", False), ("member", True)])
def test_maker_owns_what_they_made_unless_their_account_role_does(
    organization: Organization, who: str, gets_role: bool
) -> None:
    user = getattr(organization, who).user
    made = create_workspace(organization.account, name="New", handle="new", owner=user, actor=BY)
    assert Grant.objects.filter(workspace=made, user=user, role__name=builtin.OWNER).exists() is gets_role
    access = enter(user, made.id)
    assert access is not None
    assert access.scopes >= builtin.SCOPES[builtin.OWNER]


def test_change_is_made_as_a_whole(organization: Organization) -> None:
    """A default role beyond the actor's scopes keeps the new name from being saved, too."""
    developer = WorkspaceRole.objects.get(account=None, name=builtin.DEVELOPER)
    with pytest.raises(Forbidden):
        update_workspace(
            organization.workspace,
            name="New",
            default_role=developer,
            granter_scopes=frozenset({"see_flows"}),
            actor=BY,
        )
    organization.workspace.refresh_from_db()
    assert (organization.workspace.name, default_role(organization.workspace)) == ("Shared", None)
    update_workspace(organization.workspace, name="New", default_role=developer, actor=BY)
    organization.workspace.refresh_from_db()
    assert (organization.workspace.name, default_role(organization.workspace)) == ("New", developer)


def test_settings_are_changed_and_recorded_as_text(owner: Person) -> None:
    block = uuid4()
    for _ in range(2):
        update_settings(owner.workspace, {"default_result_storage_block_id": block}, actor=BY)
    entry = Entry.objects.get(action="workspace.updated")
    assert entry.detail["changes"] == {"default_result_storage_block_id": {"from": None, "to": str(block)}}


def test_workspace_that_is_gone_is_not_changed_and_deleted_once(owner: Person) -> None:
    gone = Workspace.objects.get(id=owner.workspace.id)
    assert [delete_workspace(workspace, actor=BY) for workspace in (owner.workspace, gone)] == [True, False]
    with pytest.raises(Conflict, match="was deleted"):
        update_workspace(gone, name="New", actor=BY)
    with pytest.raises(Conflict, match="was deleted"):
        update_settings(gone, {}, actor=BY)
    assert Entry.objects.filter(action="workspace.deleted").count() == 1
