"""Filters of flows, flow runs and task runs, as querysets of one workspace (orchestration.md 5).

Every other noun that a request names must have a matching row beside the one that is asked for.
"""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from workspaces.filters import NOTHING, AllTags, AnyTags, Ids, Names, OrNull, Texts, Times, TimesOrNull, joined, within
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.orders import STARTED
from workspaces.runs.schemas import StateType
from workspaces.shapes import Combined, Many, Part, Request


class DeploymentIsNull(Combined):
    is_null_: bool | None = None


class FlowFilter(Combined):
    id: Ids | None = None
    name: Names | None = None
    tags: AllTags | None = None
    deployment: DeploymentIsNull | None = None

    def q(self) -> Q:
        found = []
        if self.id:
            found.append(self.id.q("id"))
        if self.name:
            found.append(self.name.q("name"))
        if self.tags:
            found.append(self.tags.q())
        if self.deployment and self.deployment.is_null_ is False:
            found.append(NOTHING)  # no flow has a deployment: there are none yet
        return joined(self.operator, found)


class StateTypes(Part):
    any_: Many[StateType] | None = None
    not_any_: Many[StateType] | None = None


class StateFilter(Combined):
    type: StateTypes | None = None
    name: Texts | None = None

    def q(self) -> Q:
        found = []
        if self.type:
            found.append(within("state_type", self.type.any_, self.type.not_any_))
        if self.name:
            found.append(self.name.q("state_name"))
        return joined(self.operator, found)


class ParentRuns(Combined):
    any_: Many[UUID] | None = None


class Creators(Combined):
    id_: Many[UUID] | None = None
    type_: Many[str] | None = None
    is_null_: bool | None = None

    def q(self) -> Q:
        found = []
        if self.id_ is not None:
            found.append(within("created_by__id", [str(one) for one in self.id_]))
        if self.type_ is not None:
            found.append(within("created_by__type", self.type_))
        if self.is_null_ is not None:
            found.append(Q(created_by__isnull=self.is_null_))
        return joined(self.operator, found)


class FlowRunFilter(Combined):
    id: Ids | None = None
    name: Names | None = None
    tags: AnyTags | None = None
    deployment_id: OrNull[UUID] | None = None
    work_queue_name: OrNull[str] | None = None
    state: StateFilter | None = None
    flow_version: Texts | None = None
    start_time: TimesOrNull | None = None
    end_time: TimesOrNull | None = None
    expected_start_time: Times | None = None
    next_scheduled_start_time: Times | None = None
    parent_flow_run_id: ParentRuns | None = None
    parent_task_run_id: OrNull[UUID] | None = None
    idempotency_key: Texts | None = None
    created_by: Creators | None = None

    def q(self) -> Q:
        found = []
        if self.start_time:
            found.append(self.start_time.q("started", "start_time"))
        if self.end_time:
            found.append(self.end_time.q("end_time"))
        if self.parent_flow_run_id and self.parent_flow_run_id.any_ is not None:
            found.append(within("parent_task_run__flow_run_id", self.parent_flow_run_id.any_))
        for column in ("id", "name", "flow_version", "idempotency_key", "deployment_id", "work_queue_name",
                       "expected_start_time", "next_scheduled_start_time", "parent_task_run_id"):  # fmt: skip
            part = getattr(self, column)
            if part is not None:
                found.append(part.q(column))
        found += [part.q() for part in (self.tags, self.state, self.created_by) if part is not None]
        return joined(self.operator, found)


class SubflowRuns(Part):
    exists_: bool | None = None


class TaskRunFlowRuns(Combined):
    any_: Many[UUID] | None = None
    is_null_: bool | None = False


class TaskRunFilter(Combined):
    id: Ids | None = None
    name: Names | None = None
    tags: AllTags | None = None
    state: StateFilter | None = None
    start_time: TimesOrNull | None = None
    end_time: TimesOrNull | None = None
    expected_start_time: Times | None = None
    subflow_runs: SubflowRuns | None = None
    flow_run_id: TaskRunFlowRuns | None = None

    def q(self) -> Q:
        found = []
        for column in ("id", "name", "start_time", "end_time", "expected_start_time"):
            part = getattr(self, column)
            if part is not None:
                found.append(part.q(column))
        found += [part.q() for part in (self.tags, self.state) if part is not None]
        if self.subflow_runs and self.subflow_runs.exists_ is not None:
            exists = Exists(FlowRun.objects.filter(parent_task_run=OuterRef("pk")))
            found.append(Q(exists) if self.subflow_runs.exists_ else ~Q(exists))
        if part := self.flow_run_id:
            within_runs = [] if part.any_ is None else [within("flow_run_id", part.any_)]
            if part.any_ is None or ("is_null_" in part.model_fields_set and part.is_null_ is not None):
                within_runs.append(Q(flow_run_id__isnull=bool(part.is_null_)))
            found.append(joined(part.operator, within_runs))
        return joined(self.operator, found)


class Nouns(Request):
    """The filters that one request may name. Nouns that do not exist yet match nothing."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: Any | None = None
    work_pools: Any | None = None
    work_pool_queues: Any | None = None
    work_queues: Any | None = None

    @property
    def impossible(self) -> bool:
        return any(
            part is not None for part in (self.deployments, self.work_pools, self.work_pool_queues, self.work_queues)
        )


def flows_where(workspace: Workspace, nouns: Nouns) -> QuerySet[Flow]:
    flows = Flow.objects.filter(workspace=workspace)
    if nouns.impossible:
        return flows.none()
    if nouns.flows:
        flows = flows.filter(nouns.flows.q())
    if nouns.flow_runs or nouns.task_runs:
        runs = flow_runs_where(workspace, nouns.model_copy(update={"flows": None}))
        flows = flows.filter(Exists(runs.filter(flow=OuterRef("pk"))))
    return flows


def flow_runs_where(workspace: Workspace, nouns: Nouns) -> QuerySet[FlowRun]:
    runs = FlowRun.objects.filter(workspace=workspace)
    if nouns.impossible:
        return runs.none()
    if nouns.flow_runs:
        if nouns.flow_runs.start_time:
            runs = runs.alias(started=STARTED)
        runs = runs.filter(nouns.flow_runs.q())
    if nouns.flows:
        runs = runs.filter(Exists(Flow.objects.filter(nouns.flows.q(), pk=OuterRef("flow_id"))))
    if nouns.task_runs:
        tasks = TaskRun.objects.filter(nouns.task_runs.q(), workspace=workspace, flow_run=OuterRef("pk"))
        runs = runs.filter(Exists(tasks))
    return runs


def task_runs_where(workspace: Workspace, nouns: Nouns) -> QuerySet[TaskRun]:
    tasks = TaskRun.objects.filter(workspace=workspace)
    if nouns.impossible:
        return tasks.none()
    if nouns.task_runs:
        tasks = tasks.filter(nouns.task_runs.q())
    if nouns.flow_runs or nouns.flows:
        runs = flow_runs_where(workspace, nouns.model_copy(update={"task_runs": None}))
        tasks = tasks.filter(Exists(runs.filter(pk=OuterRef("flow_run_id"))))
    return tasks
