"""The graph of a flow run: its task runs and subflows, and which of them needs the result of which."""

from typing import Any, Literal
from uuid import UUID

from workspaces.runs.schemas.states import State
from workspaces.shapes import Resource, StateType, Time


class GraphQuery(Resource):
    since: Time | None = None


class Edge(Resource):
    id: UUID


class GraphArtifact(Resource):
    id: UUID
    created: Time
    key: str | None
    type: str | None
    is_latest: bool
    data: Any | None


class GraphState(Resource):
    id: UUID
    timestamp: Time
    type: StateType
    name: str


class GraphNode(Resource):
    kind: Literal["flow-run", "task-run"]
    id: UUID
    label: str
    state_type: StateType
    start_time: Time
    end_time: Time | None
    parents: list[Edge]
    children: list[Edge]
    encapsulating: list[Edge]
    artifacts: list[GraphArtifact]


class Graph(Resource):
    start_time: Time | None
    end_time: Time | None
    root_node_ids: list[UUID]
    nodes: list[tuple[UUID, GraphNode]]
    artifacts: list[GraphArtifact]
    states: list[GraphState]


class TaskRunResult(Resource):
    input_type: Literal["task_run"]
    id: UUID


class Dependency(Resource):
    id: UUID
    name: str
    upstream_dependencies: list[TaskRunResult]
    state: State | None
    expected_start_time: Time | None
    start_time: Time | None
    end_time: Time | None
    total_run_time: float | None
    estimated_run_time: float | None
    untrackable_result: bool
