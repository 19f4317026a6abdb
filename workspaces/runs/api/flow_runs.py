"""Endpoints for one flow run: create, read, update and delete it, propose a state, and download its logs."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.errors import Forbidden, NotFound
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer, NoContent
from rbac import scopes
from workspaces.deployments.access import find_pool
from workspaces.rest import WorkspaceView
from workspaces.run_keys.bounds import anything, own_run
from workspaces.runs import schemas
from workspaces.runs.api.client_version import client_version
from workspaces.runs.log_csv import logs_csv
from workspaces.runs.models import FlowRun
from workspaces.runs.run_access import check_deployment, check_may_start
from workspaces.runs.run_key_checks import check_subflow, check_update
from workspaces.runs.serialization import serialize_flow_run, serialize_new_flow_run, serialize_state
from workspaces.runs.services.flow_runs import (
    JobVariablesFixed,
    add_labels,
    create_flow_run,
    delete_flow_run,
    update_flow_run,
)
from workspaces.runs.services.resume import resume_flow_run
from workspaces.runs.services.transitions import Outcome, set_flow_run_state
from workspaces.runs.states import SCHEDULED
from workspaces.shapes import Labels

NOT_FOUND = "Flow run not found"


class FlowRunsView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}
    run_keys = {"POST": anything}

    @describe("create_flow_run", body=schemas.FlowRunCreate, answers={201: schemas.FlowRun, 200: schemas.FlowRun})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Create a run, or return the existing run with the same idempotency key."""
        body = self.body(schemas.FlowRunCreate)
        if self.access.run is not None:
            check_subflow(self.access.run, body)
        if body.deployment_id is not None:
            check_deployment(self.access, self.user, body.deployment_id)
        pool = find_pool(self.access, self.user, body.work_pool_name) if body.work_pool_name else None
        run, state = create_flow_run(self.workspace, body, actor=self.actor, pool=pool)
        if state is not None:
            return Answer(serialize_new_flow_run(run, state), status=201)
        if self.access.run is not None and not self.access.run.has_run(run.id):
            raise Forbidden("A run with this idempotency key exists, and does not belong to the run of the key.")
        return Answer(serialize_flow_run(self.workspace, run.id))


class FlowRunView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS, "PATCH": scopes.RUN_FLOWS, "DELETE": scopes.MANAGE_FLOWS}
    run_keys = {"GET": own_run, "PATCH": own_run}

    @describe("read_flow_run", answers={200: schemas.FlowRun})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        row = serialize_flow_run(self.workspace, id)
        if row is None:
            raise NotFound(NOT_FOUND)
        return Answer(row)

    @describe("update_flow_run", body=schemas.FlowRunUpdate, answers={204: None})
    def patch(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.FlowRunUpdate)
        if self.access.run is not None:
            check_update(body)
        if body.model_fields_set & {"parameters", "job_variables"}:
            check_may_start(self.access, self.user, id)
        try:
            updated = update_flow_run(self.workspace, id, body, actor=self.actor)
        except JobVariablesFixed as error:
            raise ApiError(400, " ".join(error.messages)) from None
        if not updated:
            raise NotFound(NOT_FOUND)
        return NoContent()

    @describe("delete_flow_run", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        run = FlowRun.objects.filter(workspace=self.workspace, id=id).first()
        if run is None:
            raise NotFound(NOT_FOUND)
        if not delete_flow_run(self.workspace, run, actor=self.actor):
            raise NotFound(NOT_FOUND)
        return NoContent()


class SetStateView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}
    run_keys = {"POST": own_run}

    @describe(
        "set_flow_run_state",
        body=schemas.SetState,
        answers={201: schemas.OrchestrationResult, 200: schemas.OrchestrationResult},
    )
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Propose a state. The answer is 201 if a state was stored, and 200 if the run keeps its state."""
        body = self.body(schemas.SetState)
        if body.state.type == SCHEDULED:
            check_may_start(self.access, self.user, id)
        version = client_version(request)
        outcome = set_flow_run_state(self.workspace, id, body.state, force=body.force, actor=self.actor, client=version)
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
    run_keys = {"PATCH": own_run}

    @describe("update_flow_run_labels", body=Labels, answers={204: None})
    def patch(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Merge labels into those of the run."""
        if not add_labels(self.workspace, id, self.body(Labels), actor=self.actor):
            raise ApiError(404, f"Flow run with id {id} not found", message=True)
        return NoContent()


class LogsDownloadView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("download_logs", answers={200: None})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponseBase:
        """Return the logs of the run as CSV, oldest first."""
        run = FlowRun.objects.filter(workspace=self.workspace, id=id).first()
        if run is None:
            raise NotFound(NOT_FOUND)
        return logs_csv(run)


def orchestration_answer(outcome: Outcome) -> HttpResponse:
    """Return the answer to a proposed state."""
    body = {"state": serialize_state(outcome.state), "status": outcome.status, "details": outcome.details}
    return Answer(body, status=201 if outcome.stored else 200)
