"""The graph of a flow run."""

from typing import Any

import pytest

from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.runs import graph
from workspaces.runs.models import FlowRun, TaskRun

pytestmark = pytest.mark.django_db


def needs(task: TaskRun, **inputs: Any) -> None:
    TaskRun.objects.filter(id=task.id).update(task_inputs=inputs)


def of(task: TaskRun) -> dict[str, str]:
    return {"input_type": "task_run", "id": str(task.id)}


def test_graph_has_task_runs_and_subflows_with_their_edges(
    owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stage.flow_run(stage.flow(owner.workspace), "run", "RUNNING")
    first, second, wrapper, last = (stage.task_run(run, name, "COMPLETED") for name in ("a", "b", "wrapper", "d"))
    child = stage.flow_run(stage.flow(owner.workspace, "below"), "child", "COMPLETED")
    FlowRun.objects.filter(id=child.id).update(parent_task_run=wrapper)
    TaskRun.objects.filter(id=last.id).update(end_time=None, state_type="RUNNING")
    needs(second, x=[of(first), of(first), {"input_type": "constant", "type": "int"}], __parents__=[of(wrapper)])
    needs(last, x=[of(wrapper)], y=[of(second)], z=["nonsense"])
    path = f"{owner.workspace_api}/flow_runs/{run.id}"
    answer = owner.api.get(f"{path}/graph-v2").json()
    nodes = {node["label"]: node for _, node in answer["nodes"]}
    assert {label: node["kind"] for label, node in nodes.items()} == {
        "a": "task-run",
        "b": "task-run",
        "below / child": "flow-run",
        "d": "task-run",
    }
    names = {node["id"]: label for label, node in nodes.items()}
    edges = {
        label: [[names[edge["id"]] for edge in node[kind]] for kind in ("parents", "children", "encapsulating")]
        for label, node in nodes.items()
    }
    assert edges == {
        "a": [[], ["b"], []],
        "b": [["a"], ["d"], ["below / child"]],
        "below / child": [[], ["d"], []],
        "d": [["below / child", "b"], [], []],
    }
    assert {names[root] for root in answer["root_node_ids"]} == {"a", "below / child"}
    assert nodes["below / child"]["id"] == str(child.id)
    since = owner.api.get(f"{path}/graph-v2?since=2999-01-01T00:00:00Z").json()
    assert [node["label"] for _, node in since["nodes"]] == ["d"]
    listed = {row["name"]: row for row in owner.api.get(f"{path}/graph").json()}
    assert [each["id"] for each in listed["d"]["upstream_dependencies"]] == [str(wrapper.id), str(second.id)]
    assert [each["id"] for each in listed["b"]["upstream_dependencies"] if "id" in each] == [
        str(first.id),
        str(wrapper.id),
    ]
    assert (listed["a"]["state"]["type"], listed["a"]["untrackable_result"]) == ("COMPLETED", False)
    for end in ("graph", "graph-v2"):
        assert stranger.api.get(f"{stranger.workspace_api}/flow_runs/{run.id}/{end}").status_code == 404
    assert owner.api.get(f"{path}/graph-v2?since=x").status_code == 422
    monkeypatch.setattr(graph, "MOST_NODES", 3)
    assert [owner.api.get(f"{path}/{end}").status_code for end in ("graph", "graph-v2")] == [400, 400]
    # A task run can be the parent of any number of runs.
    monkeypatch.setattr(graph, "MOST_NODES", 4)
    assert owner.api.get(f"{path}/graph-v2").status_code == 200
    flow = stage.flow(owner.workspace, "many")
    more = [stage.flow_run(flow, f"child-{number}", "COMPLETED").id for number in range(4)]
    FlowRun.objects.filter(id__in=more).update(parent_task_run=wrapper)
    assert owner.api.get(f"{path}/graph-v2").status_code == 400
