"""One flow run: make it, read it, move it, change it, delete it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from rbac import scopes
from workspaces.rest import WorkspaceView
from workspaces.runs import schemas
from workspaces.runs.log_csv import logs_csv
from workspaces.runs.models import FlowRun
from workspaces.runs.rows import flow_run_answer, flow_run_row, state_answer
from workspaces.runs.services.flow_runs import create_flow_run, delete_flow_run, label_flow_run, update_flow_run
from workspaces.runs.services.resume import resume_flow_run
from workspaces.runs.services.transitions import Outcome, set_flow_run_state
from workspaces.shapes import Labels

NOT_FOUND = "Flow run not found"


class FlowRunsView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}

    @describe("create_flow_run", body=schemas.FlowRunCreate, answers={201: schemas.FlowRun, 200: schemas.FlowRun})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Create a run; one with the same idempotency key is given back."""
        body = self.body(schemas.FlowRunCreate)
        if body.work_pool_name:
            raise ApiError(404, f"Work pool {body.work_pool_name!r} not found.")
        run, new = create_flow_run(self.workspace, body, actor=self.actor)
        if new is not None:
            return Answer(flow_run_answer(run, new), status=201)
        return Answer(flow_run_row(self.workspace, run.id))


class FlowRunView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS, "PATCH": scopes.RUN_FLOWS, "DELETE": scopes.MANAGE_FLOWS}

    @describe("read_flow_run", answers={200: schemas.FlowRun})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        row = flow_run_row(self.workspace, id)
        if row is None:
            raise ApiError(404, NOT_FOUND)
        return Answer(row)

    @describe("update_flow_run", body=schemas.FlowRunUpdate, answers={204: None})
    def patch(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        if not update_flow_run(self.workspace, id, self.body(schemas.FlowRunUpdate), actor=self.actor):
            raise ApiError(404, NOT_FOUND)
        return NoContent()

    @describe("delete_flow_run", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        run = FlowRun.objects.filter(workspace=self.workspace, id=id).first()
        if run is None:
            raise ApiError(404, NOT_FOUND)
        if not delete_flow_run(self.workspace, run, actor=self.actor):
            raise ApiError(404, NOT_FOUND)
        return NoContent()


class SetStateView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}

    @describe(
        "set_flow_run_state",
        body=schemas.SetState,
        answers={201: schemas.OrchestrationResult, 200: schemas.OrchestrationResult},
    )
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Propose a state. 201 when a state was stored, 200 when the run stays as it is."""
        body = self.body(schemas.SetState)
        outcome = set_flow_run_state(self.workspace, id, body.state, force=body.force, actor=self.actor)
        if outcome is None:
            raise ApiError(404, f"Flow run with id {id} not found", message=True)
        return orchestration_answer(outcome)


class ResumeView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}

    @describe(
        "resume_flow_run",
        body=schemas.Resume,
        answers={201: schemas.OrchestrationResult, 200: schemas.OrchestrationResult},
    )
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.Resume, optional=True)
        outcome = resume_flow_run(self.workspace, id, body.run_input, actor=self.actor)
        if outcome is None:
            raise ApiError(404, f"Flow run with id {id} not found", message=True)
        return orchestration_answer(outcome)


class LabelsView(WorkspaceView):
    required_scopes = {"PATCH": scopes.RUN_FLOWS}

    @describe("update_flow_run_labels", body=Labels, answers={204: None})
    def patch(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Merge labels into the run's."""
        if not label_flow_run(self.workspace, id, self.body(Labels), actor=self.actor):
            raise ApiError(404, f"Flow run with id {id} not found", message=True)
        return NoContent()


class LogsDownloadView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("download_logs", answers={200: None})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponseBase:
        """The run's logs as CSV, oldest first."""
        run = FlowRun.objects.filter(workspace=self.workspace, id=id).first()
        if run is None:
            raise ApiError(404, NOT_FOUND)
        return logs_csv(run)


def orchestration_answer(outcome: Outcome) -> HttpResponse:
    body = {"state": state_answer(outcome.state), "status": outcome.status, "details": outcome.details}
    return Answer(body, status=201 if outcome.stored else 200)
