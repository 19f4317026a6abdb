"""Creating, updating and deleting flow runs, in one's own workspace only."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Invalid
from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.deployments.checks import PARAMETER_BYTES
from workspaces.events.models import Event
from workspaces.flows.models import Flow
from workspaces.runs.models import FlowRun, FlowRunState, Log, TaskRun
from workspaces.runs.schemas import FlowRunCreate, FlowRunUpdate, StateCreate
from workspaces.runs.services import flow_runs
from workspaces.runs.services.flow_runs import (
    JobVariablesFixed,
    UnknownReference,
    add_labels,
    create_flow_run,
    delete_flow_run,
    update_flow_run,
)

US = system("tests")


@pytest.fixture
def flow(owner: Person) -> Flow:
    return stage.flow(owner.workspace)


def create(owner: Person, flow: Flow, **fields: Any) -> FlowRun:
    run, _ = create_flow_run(owner.workspace, FlowRunCreate(flow_id=flow.id, **fields), actor=US)
    return run


def actions(run_id: UUID) -> list[str]:
    return list(Entry.objects.filter(object_id=str(run_id)).order_by("id").values_list("action", flat=True))


def test_new_run_is_pending_with_an_event_and_its_creator(owner: Person, flow: Flow) -> None:
    run, state = create_flow_run(owner.workspace, FlowRunCreate(flow_id=flow.id, tags=["a"]), actor=US)
    assert state is not None
    run.refresh_from_db()
    assert (run.workspace, run.state_type, run.state_id, run.tags) == (owner.workspace, "PENDING", state.id, ["a"])
    assert run.name.count("-") == 1
    assert Event.objects.filter(id=state.id, event="prefect.flow-run.Pending").exists()
    assert (actions(run.id), run.created_by) == ([], {"id": None, "type": "SYSTEM", "display_value": "tests"})


def test_labels_of_the_flow_are_inherited_and_those_of_the_run_win(owner: Person, flow: Flow) -> None:
    Flow.objects.filter(id=flow.id).update(labels={"team": "data", "env": "test"})
    run = create(owner, flow, labels={"env": "live"})
    assert run.labels == {"team": "data", "env": "live", "prefect.flow.id": str(flow.id)}


def test_same_key_creates_a_run_once_in_each_flow(owner: Person, flow: Flow) -> None:
    first = create(owner, flow, idempotency_key="k")
    again, state = create_flow_run(
        owner.workspace, FlowRunCreate(flow_id=flow.id, idempotency_key="k", name="other"), actor=US
    )
    assert (again.id, again.name, state) == (first.id, first.name, None)
    assert create(owner, stage.flow(owner.workspace, "second"), idempotency_key="k").id != first.id
    assert len({create(owner, flow).id, create(owner, flow).id}) == 2


def test_slower_request_with_the_same_key_gets_the_first_run(
    owner: Person, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = create(owner, flow, idempotency_key="k")
    answers = iter([None, first])  # the first look finds nothing, as the other request has not committed
    monkeypatch.setattr(flow_runs, "find_by_idempotency_key", lambda *of: next(answers))
    assert create(owner, flow, idempotency_key="k").id == first.id
    assert FlowRun.objects.count() == 1


def test_references_lead_to_rows_of_the_workspace_only(owner: Person, flow: Flow, stranger: Person) -> None:
    foreign_flow = stage.flow(stranger.workspace)
    foreign_task = stage.task_run(stage.flow_run(foreign_flow))
    for fields in (
        {"flow_id": uuid4()},
        {"flow_id": foreign_flow.id},
        {"flow_id": flow.id, "parent_task_run_id": uuid4()},
        {"flow_id": flow.id, "parent_task_run_id": foreign_task.id},
    ):
        with pytest.raises(UnknownReference):
            create_flow_run(owner.workspace, FlowRunCreate(**fields), actor=US)
    assert not FlowRun.objects.filter(workspace=owner.workspace).exists()


def test_subflow_is_mirrored_on_the_task_run_of_its_parent(owner: Person, flow: Flow) -> None:
    task_run = stage.task_run(stage.flow_run(flow, state="RUNNING"), state="PENDING")
    child = create(owner, flow, parent_task_run_id=task_run.id, state=StateCreate(type="RUNNING", name="Step"))
    task_run.refresh_from_db()
    assert (task_run.state_type, task_run.state_name) == ("RUNNING", "Step")
    [mirrored] = task_run.states.filter(name="Step")
    assert mirrored.id == task_run.state_id
    assert mirrored.state_details["child_flow_run_id"] == str(child.id)
    assert mirrored.state_details["flow_run_id"] == str(task_run.flow_run_id)


def test_parameters_have_a_largest_size(owner: Person, flow: Flow) -> None:
    fits = {"a": "x" * (PARAMETER_BYTES - len('{"a":""}'))}
    assert create(owner, flow, parameters=fits).parameters == fits
    with pytest.raises(Invalid, match="less than 524,288 bytes"):
        create(owner, flow, parameters={"a": fits["a"] + "x"})


def test_only_given_fields_change(owner: Person, flow: Flow) -> None:
    run = create(owner, flow, name="before", tags=["a"], parameters={"p": 1})
    assert update_flow_run(owner.workspace, run.id, FlowRunUpdate(tags=["b"]), actor=US)
    run.refresh_from_db()
    assert (run.name, run.tags, run.parameters) == ("before", ["b"], {"p": 1})
    assert update_flow_run(owner.workspace, run.id, FlowRunUpdate(name=""), actor=US)
    run.refresh_from_db()
    assert run.name == "before"
    entry = Entry.objects.filter(object_id=str(run.id), action="flow-run.updated").order_by("id").first()
    assert entry is not None
    assert entry.detail["fields"] == ["tags"]


def test_job_variables_change_only_while_a_deployed_run_is_scheduled(owner: Person, flow: Flow) -> None:
    body = FlowRunUpdate(job_variables={"cpu": 2})
    for type, deployment, words in (
        ("PENDING", None, "in state PENDING cannot be updated"),
        ("SCHEDULED", None, "A deployment for the flow run could not be found"),
        ("SCHEDULED", uuid4(), "A deployment for the flow run could not be found"),
    ):
        run = create(owner, flow, state=StateCreate(type=type), deployment_id=deployment)
        with pytest.raises(JobVariablesFixed, match=words):
            update_flow_run(owner.workspace, run.id, body, actor=US)
    deployed = stage.deployment(flow)
    run = create(owner, flow, state=StateCreate(type="SCHEDULED"), deployment_id=deployed.id)
    assert update_flow_run(owner.workspace, run.id, body, actor=US)
    run.refresh_from_db()
    assert run.job_variables == {"cpu": 2}


def test_labels_are_merged_up_to_a_size(owner: Person, flow: Flow) -> None:
    run = create(owner, flow, labels={"a": 1, "b": 1})
    assert add_labels(owner.workspace, run.id, {"b": 2, "c": 3}, actor=US)
    run.refresh_from_db()
    assert run.labels == {"a": 1, "b": 2, "c": 3, "prefect.flow.id": str(flow.id)}
    with pytest.raises(Invalid, match="Labels must be less than"):
        add_labels(owner.workspace, run.id, {"d": "x" * flow_runs.LABEL_BYTES}, actor=US)


def test_run_is_deleted_with_everything_that_belongs_to_it(owner: Person, flow: Flow, stranger: Person) -> None:
    run, other = stage.flow_run(flow), stage.flow_run(flow, "other")
    run_id = run.id  # Django clears it
    tasks = [stage.task_run(run), stage.task_run(other)]
    now = timezone.now()
    for workspace, flow_run_id, task_run_id in (
        (owner.workspace, run.id, None),
        (owner.workspace, other.id, None),
        (owner.workspace, None, tasks[0].id),
        (owner.workspace, None, tasks[1].id),
        (stranger.workspace, run.id, None),
    ):
        Log.objects.create(
            workspace=workspace, flow_run_id=flow_run_id, task_run_id=task_run_id, name="n", level=20, message="m",
            timestamp=now, created=now,
        )  # fmt: skip

    assert not delete_flow_run(stranger.workspace, run, actor=US)
    assert delete_flow_run(owner.workspace, run, actor=US)
    assert not delete_flow_run(owner.workspace, run, actor=US)
    assert list(FlowRun.objects.all()) == [other]
    assert list(TaskRun.objects.all()) == [tasks[1]]
    assert not FlowRunState.objects.filter(flow_run_id=run_id).exists()
    assert {(log.workspace_id, log.flow_run_id, log.task_run_id) for log in Log.objects.all()} == {
        (owner.workspace.id, other.id, None),
        (owner.workspace.id, None, tasks[1].id),
        (stranger.workspace.id, run_id, None),
    }
    assert actions(run_id) == ["flow-run.deleted"]


def test_strangers_change_nothing(owner: Person, flow: Flow, stranger: Person) -> None:
    run = create(owner, flow, tags=["a"])
    assert not update_flow_run(stranger.workspace, run.id, FlowRunUpdate(tags=["b"]), actor=US)
    assert not add_labels(stranger.workspace, run.id, {"x": 1}, actor=US)
    run.refresh_from_db()
    assert (run.tags, "x" in run.labels) == (["a"], False)
