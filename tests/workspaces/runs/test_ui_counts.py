"""Counts that Prefect's own UI asks for."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.runs.models import FlowRun

pytestmark = pytest.mark.django_db


def ui(person: Person, path: str, **body: Any) -> Any:
    answer = person.api.post(f"{person.workspace_api}/ui/{path}", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def run(owner: Person, stranger: Person) -> FlowRun:
    """A run with two task runs, one of which stands for a subflow. A stranger has the same."""
    for person in (stranger, owner):
        flow = stage.flow(person.workspace)
        stage.deployment(flow)
        run = stage.flow_run(flow)
        stage.task_run(run, "load-0", "FAILED")
        stage.flow_run(flow, "child", parent_task_run=stage.task_run(run, "call-0"))
    return run


def test_counts_by_flow_and_run_are_those_of_the_workspace(owner: Person, stranger: Person, run: FlowRun) -> None:
    foreign = stranger.workspace.flows.get()
    flow_ids = [str(run.flow_id), str(foreign.id)]
    assert ui(owner, "flows/count-deployments", flow_ids=flow_ids) == {flow_ids[0]: 1, flow_ids[1]: 0}
    run_ids = [str(run.id), str(foreign.runs.earliest("id").id)]
    assert ui(owner, "flow_runs/count-task-runs", flow_run_ids=run_ids) == {run_ids[0]: 1, run_ids[1]: 0}
    assert ui(owner, "flows/next-runs", flow_ids=flow_ids) == dict.fromkeys(flow_ids)
    for hours in (2, 1):
        soon = timezone.now() + timedelta(hours=hours)
        stage.flow_run(run.flow, f"in {hours}", "SCHEDULED", next_scheduled_start_time=soon)
    assert ui(owner, "flows/next-runs", flow_ids=flow_ids)[flow_ids[0]]["name"] == "in 1"


def test_charts_count_runs_of_the_workspace(owner: Person, run: FlowRun) -> None:
    assert [row["state_type"] for row in ui(owner, "flow_runs/history")] == ["COMPLETED", "COMPLETED"]
    counts = ui(owner, "task_runs/count")
    assert (counts["COMPLETED"], counts["FAILED"], counts["RUNNING"], len(counts)) == (1, 1, 0, 9)
    since = (timezone.now() - timedelta(hours=1)).isoformat()
    slices = ui(owner, "task_runs/dashboard/counts", task_runs={"start_time": {"after_": since}})
    assert len(slices) == 20
    assert {name: sum(each[name] for each in slices) for name in slices[0]} == {"completed": 1, "failed": 1}
    answer = owner.api.post(f"{owner.workspace_api}/ui/task_runs/dashboard/counts", {"task_runs": {}})
    assert (answer.status_code, answer.json()) == (422, {"detail": "task_runs.start_time.after_ is required"})


def test_task_run_comes_with_the_name_of_its_flow_run(owner: Person, stranger: Person, run: FlowRun) -> None:
    task = run.task_runs.earliest("id")
    path = f"{owner.workspace_api}/ui/task_runs/"
    assert owner.api.get(f"{path}{task.id}").json()["flow_run_name"] == run.name
    foreign = stranger.workspace.taskruns.earliest("id")
    answer = owner.api.get(f"{path}{foreign.id}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Task not found"})
