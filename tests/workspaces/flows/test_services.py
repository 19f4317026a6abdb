"""What goes with a flow, and that a failing hook keeps all of it."""

import pytest

from auditlog.models import Entry
from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.flows import hooks
from workspaces.flows.models import Flow
from workspaces.flows.services import delete_flow
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, FlowRunState, Log, TaskRun

pytestmark = pytest.mark.django_db


def test_flow_takes_its_runs_task_runs_and_logs_along(owner: Person) -> None:
    flow, other = stage.flow(owner.workspace), stage.flow(owner.workspace, "other")
    for each in (flow, other):
        run = stage.flow_run(each)
        task = stage.task_run(run)
        stage.log(run, "of the run")
        Log.objects.filter(id=stage.log(run, "of the task run", task=task).id).update(flow_run_id=None)
    flow_id = flow.id
    assert delete_flow(owner.workspace, flow, actor=owner.user.as_actor())
    assert [model.objects.count() for model in (Flow, FlowRun, TaskRun, Log)] == [1, 1, 1, 2]
    assert FlowRunState.objects.exclude(flow_run__flow=other).count() == 0
    assert Entry.objects.filter(action="flow.deleted", object_id=flow_id).count() == 1


def test_flow_is_deleted_once(owner: Person) -> None:
    flow = stage.flow(owner.workspace)
    actor = owner.user.as_actor()
    assert [delete_flow(owner.workspace, flow, actor=actor) for _ in range(2)] == [True, False]
    assert Entry.objects.filter(action="flow.deleted").count() == 1


def test_nothing_is_deleted_when_a_hook_fails(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(workspace: Workspace, flow: Flow) -> None:
        raise RuntimeError

    monkeypatch.setattr(hooks, "before_delete", [*hooks.before_delete, fail])
    flow = stage.flow(owner.workspace)
    stage.log(stage.flow_run(flow), "kept")
    with pytest.raises(RuntimeError):
        delete_flow(owner.workspace, flow, actor=owner.user.as_actor())
    assert [model.objects.count() for model in (Flow, FlowRun, Log)] == [1, 1, 1]
    assert not Entry.objects.filter(action="flow.deleted").exists()
