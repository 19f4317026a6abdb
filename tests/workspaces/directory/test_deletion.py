"""Deleting what is in use: nothing fails, nothing stays behind, and a second click leaves no second entry."""

from typing import Any

import pytest

from auditlog.models import Entry
from tests.at_once import at_once
from tests.cast import Person
from tests.trash import empty_trash
from workspaces.directory.services import create_workspace, delete_workspace
from workspaces.runs.models import FlowRun, Log
from workspaces.runs.services.flow_runs import delete_flow_run

pytestmark = pytest.mark.django_db(transaction=True)


def write_until_refused(person: Person) -> set[int]:
    line = {"name": "n", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z"}
    told: set[int] = set()
    while told <= {201}:
        told.add(person.api.post(f"{person.workspace_api}/logs/", [line] * 5).status_code)
    return told


def test_workspace_goes_while_others_write_into_it(owner: Person, stranger: Person) -> None:
    writers = [lambda: write_until_refused(owner)] * 2
    results = at_once(lambda: delete_workspace(owner.workspace, actor=owner.user.as_actor()), *writers)
    assert results[0] is True
    # A writer who was let in just before meets a workspace that is gone.
    assert all(result <= {201, 404} for result in results[1:]), results
    empty_trash()
    assert Log.objects.filter(workspace_id=owner.workspace.id).count() == 0


def test_run_is_deleted_once(owner: Person) -> None:
    flow = owner.api.post(f"{owner.workspace_api}/flows/", {"name": "etl"}).json()
    run_id = owner.api.post(f"{owner.workspace_api}/flow_runs/", {"flow_id": flow["id"]}).json()["id"]
    run = FlowRun.objects.get(id=run_id)

    def delete() -> bool:
        return delete_flow_run(owner.workspace, run, actor=owner.user.as_actor())

    assert sorted(at_once(delete, delete)) == [False, True]
    assert Entry.objects.filter(action="flow-run.deleted").count() == 1


def test_same_handle_at_once_is_one_workspace_and_a_clear_refusal(owner: Person) -> None:
    def create() -> Any:
        return create_workspace(owner.account, name="New", handle="new", actor=owner.user.as_actor())

    results = at_once(create, create, create)
    assert sorted(type(result).__name__ for result in results) == ["Taken", "Taken", "Workspace"]
