"""Task runs over REST: one for each flow run, task key and dynamic key."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from auditlog.actors import system
from auditlog.models import Entry
from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.runs.models import FlowRun, Log, TaskRun
from workspaces.runs.schemas import StateCreate, TaskRunCreate
from workspaces.runs.services.flow_runs import UnknownReference
from workspaces.runs.services.task_runs import create_task_run, delete_task_run, rename_task_run

US = system("tests")


@pytest.fixture
def flow_run(owner: Person) -> FlowRun:
    return stage.flow_run(stage.flow(owner.workspace), state="RUNNING", labels={"team": "data", "env": "test"})


def create(
    owner: Person, *, task_key: str = "load-1a2b", dynamic_key: str = "0", **fields: Any
) -> tuple[TaskRun, bool]:
    body = TaskRunCreate(task_key=task_key, dynamic_key=dynamic_key, **fields)
    return create_task_run(owner.workspace, body, actor=US)


def test_new_task_run_is_pending_and_inherits_labels(owner: Person, flow_run: FlowRun) -> None:
    run, created = create(owner, flow_run_id=flow_run.id, labels={"env": "live"})
    run.refresh_from_db()
    assert (created, run.state_type, run.flow_run_id) == (True, "PENDING", flow_run.id)
    assert run.labels == {"team": "data", "env": "live", "prefect.flow-run.id": str(flow_run.id)}
    [state] = run.states.all()
    assert state.id == run.state_id
    assert (state.state_details["task_run_id"], state.state_details["flow_run_id"]) == (str(run.id), str(flow_run.id))


def test_same_keys_name_the_same_task_run(owner: Person, flow_run: FlowRun) -> None:
    first, _ = create(owner, flow_run_id=flow_run.id, name="first")
    again, created = create(owner, flow_run_id=flow_run.id, name="second", state=StateCreate(type="RUNNING"))
    assert (again.id, again.name, again.state_type, created) == (first.id, "first", "PENDING", False)
    for other in ({"dynamic_key": "1"}, {"task_key": "extract-1a2b"}):
        assert create(owner, flow_run_id=flow_run.id, **other)[1]
    second_flow_run = stage.flow_run(flow_run.flow)
    assert create(owner, flow_run_id=second_flow_run.id)[1]


def test_id_of_the_request_is_ignored(owner: Person, flow_run: FlowRun, stranger: Person) -> None:
    foreign = stage.task_run(stage.flow_run(stage.flow(stranger.workspace)))
    run, created = create(owner, id=foreign.id, flow_run_id=flow_run.id)
    assert created
    assert run.id != foreign.id


def test_flow_run_is_of_the_workspace(owner: Person, stranger: Person) -> None:
    foreign = stage.flow_run(stage.flow(stranger.workspace))
    for flow_run_id in (uuid4(), foreign.id):
        with pytest.raises(UnknownReference):
            create(owner, flow_run_id=flow_run_id)
    assert not TaskRun.objects.exists()


def test_task_run_without_a_flow_run(owner: Person) -> None:
    run, created = create(owner, state=StateCreate(type="SCHEDULED"))
    assert (created, run.flow_run_id, run.state_type, run.labels) == (True, None, "SCHEDULED", {})


def test_name_changes_if_one_is_given(owner: Person, flow_run: FlowRun, stranger: Person) -> None:
    run, _ = create(owner, flow_run_id=flow_run.id, name="before")
    assert rename_task_run(owner.workspace, run.id, name=None, actor=US)
    assert not rename_task_run(stranger.workspace, run.id, name="theirs", actor=US)
    run.refresh_from_db()
    assert run.name == "before"
    assert rename_task_run(owner.workspace, run.id, name="after", actor=US)
    run.refresh_from_db()
    assert run.name == "after"
    assert Entry.objects.get(action="task-run.updated").object_name == "after"


def test_task_run_is_deleted_with_its_logs(owner: Person, flow_run: FlowRun) -> None:
    now = timezone.now()
    runs = [create(owner, flow_run_id=flow_run.id, dynamic_key=key)[0] for key in "ab"]
    for run in runs:
        Log.objects.create(
            workspace=owner.workspace, task_run_id=run.id, name="n", level=20, message="m", timestamp=now, created=now
        )
    gone = runs[0].id
    delete_task_run(owner.workspace, runs[0], actor=US)
    assert list(TaskRun.objects.all()) == [runs[1]]
    assert list(Log.objects.values_list("task_run_id", flat=True)) == [runs[1].id]
    assert Entry.objects.filter(action="task-run.deleted", object_id=str(gone)).exists()
