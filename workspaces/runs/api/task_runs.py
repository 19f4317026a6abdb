"""Endpoints for task runs, and for the states of flow runs and task runs."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic import BaseModel
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from workspaces.filters.paging import Page
from workspaces.filters.related import RelatedFilters
from workspaces.list_views import CountView, ListView, NounView
from workspaces.rest import WorkspaceView
from workspaces.run_keys.bounds import anything, own_task_run
from workspaces.runs import schemas
from workspaces.runs.api.flow_run_lists import HistoryRequest
from workspaces.runs.history import run_history
from workspaces.runs.models import FlowRunState, TaskRun, TaskRunState
from workspaces.runs.orders import TASK_RUN_ORDER, TaskRunSort
from workspaces.runs.run_key_checks import check_own_run
from workspaces.runs.serialization import serialize_states, serialize_task_runs
from workspaces.runs.services.task_runs import create_task_run, delete_task_run, rename_task_run


class TaskRunsFilter(RelatedFilters, Page):
    sort: TaskRunSort | None = None


class FlowRunQuery(BaseModel):
    flow_run_id: UUID


class TaskRunQuery(BaseModel):
    task_run_id: UUID


class TaskRunsView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}
    run_keys = {"POST": anything}

    @describe("create_task_run", body=schemas.TaskRunCreate, answers={201: schemas.TaskRun, 200: schemas.TaskRun})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Create a task run, or return the existing one with the same flow run, task key and dynamic key."""
        body = self.body(schemas.TaskRunCreate)
        if self.access.run is not None:
            check_own_run(self.access.run, body.flow_run_id)
        run, created = create_task_run(self.workspace, body, actor=self.actor)
        return Answer(serialize_task_runs(TaskRun.objects.filter(id=run.id)[:1])[0], status=201 if created else 200)


class TaskRunView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS, "PATCH": scopes.RUN_FLOWS, "DELETE": scopes.MANAGE_FLOWS}
    run_keys = {"GET": own_task_run, "PATCH": own_task_run}

    @describe("read_task_run", answers={200: schemas.TaskRun})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        rows = serialize_task_runs(TaskRun.objects.filter(workspace=self.workspace, id=id)[:1])
        if not rows:
            raise NotFound("Task not found")
        return Answer(rows[0])

    @describe("update_task_run", body=schemas.TaskRunUpdate, answers={204: None})
    def patch(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        if not rename_task_run(self.workspace, id, name=self.body(schemas.TaskRunUpdate).name, actor=self.actor):
            raise NotFound("Task run not found")
        return NoContent()

    @describe("delete_task_run", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        run = TaskRun.objects.filter(workspace=self.workspace, id=id).first()
        if run is None:
            raise NotFound("Task not found")
        delete_task_run(self.workspace, run, actor=self.actor)
        return NoContent()


class TaskRunLists(NounView):
    noun, model, orders, row_shape = "task_runs", TaskRun, TASK_RUN_ORDER, schemas.TaskRun
    required_scopes = {"POST": scopes.SEE_FLOWS}

    def serialize(self, rows: QuerySet[TaskRun]) -> list[dict[str, Any]]:
        return serialize_task_runs(rows)


class TaskRunsFilterView(TaskRunLists, ListView):
    operation, body_shape = "read_task_runs", TaskRunsFilter


class TaskRunsCountView(TaskRunLists, CountView):
    operation = "count_task_runs"


class TaskRunsHistoryView(TaskRunLists):
    @describe("task_run_history", body=HistoryRequest, answers={200: list[schemas.HistoryInterval]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(HistoryRequest)
        return Answer(run_history(self.filtered_rows(body), body.history_start, body.history_end, body.interval))


class FlowRunStatesView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_flow_run_states", query=FlowRunQuery, answers={200: list[schemas.State]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the states of the run, oldest first. The list is empty for an unknown run."""
        run_id = self.query(FlowRunQuery).flow_run_id
        states = FlowRunState.objects.filter(workspace=self.workspace, flow_run_id=run_id)
        return Answer(serialize_states(states.order_by("timestamp")))


class FlowRunStateView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_flow_run_state", answers={200: schemas.State})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return _state_answer(serialize_states(FlowRunState.objects.filter(workspace=self.workspace, id=id)[:1]))


class TaskRunStatesView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_task_run_states", query=TaskRunQuery, answers={200: list[schemas.State]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the states of the run, oldest first. The list is empty for an unknown run."""
        run_id = self.query(TaskRunQuery).task_run_id
        states = TaskRunState.objects.filter(workspace=self.workspace, task_run_id=run_id)
        return Answer(serialize_states(states.order_by("timestamp", "id")))


class TaskRunStateView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_task_run_state", answers={200: schemas.State})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return _state_answer(serialize_states(TaskRunState.objects.filter(workspace=self.workspace, id=id)[:1]))


def _state_answer(rows: list[dict[str, Any]]) -> HttpResponse:
    if not rows:
        raise NotFound("Flow run state not found")
    return Answer(rows[0])
