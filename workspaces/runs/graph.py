"""The graph of a flow run: its task runs and subflows as nodes, with edges from the inputs of task runs.

A task run that stands for a subflow appears as the run of the subflow. There are no artifacts yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from core.db.ids import parse_uuid
from core.errors import BadRequest
from workspaces.bounded_reading import RowReader, as_text
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, FlowRunState, TaskRun
from workspaces.runs.serialization import serialize_task_runs

MOST_NODES = 10_000
_ENCAPSULATING = "__parents__"  # the input that names the task runs from which a task run was called
_COLUMNS = ("id", "name", "state_type", "start_time", "expected_start_time", "end_time")
_task_runs = RowReader(TaskRun, *_COLUMNS, *as_text("task_inputs"))


@dataclass(slots=True)
class _Node:
    kind: str
    id: UUID
    label: str
    state_type: str
    start_time: datetime
    end_time: datetime | None
    needs: dict[UUID, bool] = field(default_factory=dict)  # ids of task runs, and whether they encapsulate this one
    parents: list[UUID] = field(default_factory=list)
    children: list[UUID] = field(default_factory=list)
    encapsulating: list[UUID] = field(default_factory=list)

    def answer(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in ("kind", "id", "label", "state_type", "start_time", "end_time")}
        edges = {name: _edges(getattr(self, name)) for name in ("parents", "children", "encapsulating")}
        return fields | edges | {"artifacts": []}


def flow_run_graph(workspace: Workspace, run: FlowRun, since: datetime | None) -> dict[str, Any]:
    """Return the graph of a run. With `since`, only nodes that had not ended by then.

    Raises `BadRequest` if the run has more than `MOST_NODES` task runs or subflows.
    """
    nodes = _nodes(workspace, run)
    for node in nodes.values():
        for task_run_id, encapsulates in node.needs.items():
            if (other := nodes.get(task_run_id)) is None or other is node:
                continue
            if encapsulates:
                node.encapsulating.append(other.id)
            else:
                node.parents.append(other.id)
                other.children.append(node.id)
    ordered = sorted(nodes.values(), key=_place)
    shown = [node for node in ordered if since is None or node.end_time is None or node.end_time >= since]
    states = FlowRunState.objects.filter(workspace=workspace, flow_run=run).order_by("timestamp")
    return {
        "start_time": run.start_time or run.expected_start_time,
        "end_time": run.end_time,
        "root_node_ids": [node.id for node in shown if not node.parents],
        "nodes": [(node.id, node.answer()) for node in shown],
        "artifacts": [],
        "states": list(states.values("id", "timestamp", "type", "name")),
    }


def dependencies(workspace: Workspace, run: FlowRun) -> list[dict[str, Any]]:
    """Return the task runs of a run with those whose results they need. Raises `BadRequest` for too many."""
    task_runs = TaskRun.objects.filter(workspace=workspace, flow_run=run)
    _check_number(task_runs.count(), run)
    return [_dependency(row) for row in serialize_task_runs(task_runs.order_by("-id"))]


def _dependency(row: dict[str, Any]) -> dict[str, Any]:
    upstream = _needs(_parsed(row["task_inputs"]))
    state = row["state"]
    details = _parsed(state["state_details"]) if state else {}
    names = ("id", "name", "state", "expected_start_time", "start_time", "end_time", "total_run_time")
    return {
        **{name: row[name] for name in names},
        "upstream_dependencies": [{"input_type": "task_run", "id": task_run_id} for task_run_id in upstream],
        "estimated_run_time": row["estimated_run_time"],
        "untrackable_result": bool(details.get("untrackable_result")),
    }


def _parsed(fragment: Any) -> Any:
    """Return the value of JSON that was read as text."""
    return orjson.loads(orjson.dumps(fragment))


def _nodes(workspace: Workspace, run: FlowRun) -> dict[UUID, _Node]:
    """Return the nodes by the ids of their task runs, without runs that have no time yet."""
    task_runs = TaskRun.objects.filter(workspace=workspace, flow_run=run)
    _check_number(task_runs.count(), run)
    subflows = FlowRun.objects.filter(workspace=workspace, parent_task_run__flow_run=run).select_related("flow")
    _check_number(subflows.count(), run)  # a task run can have many
    columns = (*_COLUMNS, "parent_task_run_id", "workspace_id", "flow__id", "flow__name")
    by_task_run = {each.parent_task_run_id: each for each in subflows.only(*columns).order_by("id")}
    nodes = {}
    for task_run_id, name, state_type, start, expected, end, inputs in _task_runs.read(task_runs):
        own_start = start or expected
        if (child := by_task_run.get(task_run_id)) is not None:
            began = child.start_time or child.expected_start_time or own_start
            label = f"{child.flow.name} / {child.name}"
            node = ("flow-run", child.id, label, child.state_type or state_type, began, child.end_time or end)
        else:
            ended = end or (expected if state_type == "COMPLETED" else None)
            node = ("task-run", task_run_id, name, state_type, own_start, ended)
        if node[3] is not None and node[4] is not None:
            nodes[task_run_id] = _Node(*node, needs=_needs(orjson.loads(inputs)))
    return nodes


def _needs(inputs: dict[str, Any]) -> dict[UUID, bool]:
    """Return the ids of the task runs in a task run's inputs, and whether each encapsulates it."""
    needs: dict[UUID, bool] = {}
    for name, values in inputs.items():
        for value in values if isinstance(values, list) else []:
            if isinstance(value, dict) and (task_run_id := parse_uuid(value.get("id"))) is not None:
                needs[task_run_id] = name == _ENCAPSULATING
    return needs


def _check_number(number: int, run: FlowRun) -> None:
    if number > MOST_NODES:
        raise BadRequest(f"The graph of flow run {run.id} has more than {MOST_NODES} nodes.")


def _place(node: _Node) -> tuple[datetime, bool, datetime, UUID]:
    return node.start_time, node.end_time is None, node.end_time or node.start_time, node.id


def _edges(ids: Iterable[UUID]) -> list[dict[str, UUID]]:
    return [{"id": each} for each in ids]
