"""Task runs, and the states of runs of both kinds."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from rbac import scopes
from workspaces.filters import window
from workspaces.rest import WorkspaceView
from workspaces.runs import schemas
from workspaces.runs.api.flow_run_lists import HistoryRequest
from workspaces.runs.filters import Nouns, task_runs_where
from workspaces.runs.history import run_history
from workspaces.runs.models import FlowRunState, TaskRun, TaskRunState
from workspaces.runs.orders import TASK_RUN_ORDER, TaskRunSort
from workspaces.runs.rows import state_rows, task_run_rows
from workspaces.runs.services.task_runs import create_task_run, delete_task_run, rename_task_run
from workspaces.shapes import Page


class TaskRunsFilter(Nouns, Page):
    sort: TaskRunSort | None = None


class OfFlowRun(BaseModel):
    flow_run_id: UUID


class OfTaskRun(BaseModel):
    task_run_id: UUID


class TaskRunsView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}

    @describe("create_task_run", body=schemas.TaskRunCreate, answers={201: schemas.TaskRun, 200: schemas.TaskRun})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Create a task run, or get the one of that flow run, key and dynamic key."""
        run, new = create_task_run(self.workspace, self.body(schemas.TaskRunCreate), actor=self.actor)
        return Answer(task_run_rows(TaskRun.objects.filter(id=run.id))[0], status=201 if new else 200)


class TaskRunView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS, "PATCH": scopes.RUN_FLOWS, "DELETE": scopes.MANAGE_FLOWS}

    @describe("read_task_run", answers={200: schemas.TaskRun})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        rows = task_run_rows(TaskRun.objects.filter(workspace=self.workspace, id=id))
        if not rows:
            raise ApiError(404, "Task not found")
        return Answer(rows[0])

    @describe("update_task_run", body=schemas.TaskRunUpdate, answers={204: None})
    def patch(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        if not rename_task_run(self.workspace, id, name=self.body(schemas.TaskRunUpdate).name, actor=self.actor):
            raise ApiError(404, "Task run not found")
        return NoContent()

    @describe("delete_task_run", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        run = TaskRun.objects.filter(workspace=self.workspace, id=id).first()
        if run is None:
            raise ApiError(404, "Task not found")
        delete_task_run(self.workspace, run, actor=self.actor)
        return NoContent()


class FilterView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("read_task_runs", body=TaskRunsFilter, answers={200: list[schemas.TaskRun]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(TaskRunsFilter, optional=True)
        runs = task_runs_where(self.workspace, body).order_by(*TASK_RUN_ORDER[body.sort or "ID_DESC"])
        return Answer(task_run_rows(runs[window(body)]))


class CountView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("count_task_runs", body=Nouns, answers={200: int})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(task_runs_where(self.workspace, self.body(Nouns, optional=True)).count())


class HistoryView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("task_run_history", body=HistoryRequest, answers={200: list[schemas.HistoryInterval]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(HistoryRequest)
        runs = task_runs_where(self.workspace, body)
        return Answer(run_history(runs, body.history_start, body.history_end, body.interval))


class FlowRunStatesView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_flow_run_states", query=OfFlowRun, answers={200: list[schemas.State]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """The run's states, oldest first; none for an unknown run."""
        run_id = self.query(OfFlowRun).flow_run_id
        states = FlowRunState.objects.filter(workspace=self.workspace, flow_run_id=run_id)
        return Answer(state_rows(states.order_by("timestamp")))


class FlowRunStateView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_flow_run_state", answers={200: schemas.State})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return _one_state(state_rows(FlowRunState.objects.filter(workspace=self.workspace, id=id)))


class TaskRunStatesView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_task_run_states", query=OfTaskRun, answers={200: list[schemas.State]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """The run's states, oldest first; none for an unknown run."""
        run_id = self.query(OfTaskRun).task_run_id
        states = TaskRunState.objects.filter(workspace=self.workspace, task_run_id=run_id)
        return Answer(state_rows(states.order_by("timestamp", "id")))


class TaskRunStateView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_task_run_state", answers={200: schemas.State})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return _one_state(state_rows(TaskRunState.objects.filter(workspace=self.workspace, id=id)))


def _one_state(rows: list[dict[str, Any]]) -> HttpResponse:
    if not rows:
        raise ApiError(404, "Flow run state not found")
    return Answer(rows[0])
