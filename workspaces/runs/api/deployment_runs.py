"""Endpoints that create runs of a deployment."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from pydantic import Field
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer
from rbac import scopes
from workspaces.rest import WorkspaceView
from workspaces.runs import schemas
from workspaces.runs.models import FlowRun
from workspaces.runs.serialization import serialize_flow_run, serialize_new_flow_run
from workspaces.runs.services.deployment_runs import (
    create_deployment_run,
    create_deployment_runs,
    find_runnable,
)
from workspaces.variables.hydration import check_may_hydrate

MOST_RUNS = 100
# One more than allowed, since too many are refused with a message of their own.
_Runs = Annotated[list[schemas.DeploymentFlowRunCreate], Field(json_schema_extra={"maxItems": MOST_RUNS})]


class DeploymentRunView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_DEPLOYMENTS}

    @describe(
        "create_flow_run_from_deployment",
        body=schemas.DeploymentFlowRunCreate,
        answers={201: schemas.FlowRun, 200: schemas.FlowRun},
    )
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Create a run of the deployment, or return the existing run with the same idempotency key."""
        body = self.body(schemas.DeploymentFlowRunCreate)
        deployment = find_runnable(self.access, self.user, id)
        check_may_hydrate(self.access, body.parameters)
        run, state = create_deployment_run(deployment, body, actor=self.actor)
        if state is not None:
            return Answer(serialize_new_flow_run(run, state), status=201)
        return Answer(serialize_flow_run(self.workspace, run.id))


class DeploymentRunsBulkView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_DEPLOYMENTS}

    @describe("bulk_create_flow_runs_from_deployment", body=_Runs, answers={200: schemas.FlowRunBulkCreateResponse})
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Create up to 100 runs of the deployment. The answer says for each whether it was created."""
        bodies = self.body(_Runs)
        if len(bodies) > MOST_RUNS:
            raise ApiError(400, f"Cannot create more than {MOST_RUNS} flow runs at once.")
        deployment = find_runnable(self.access, self.user, id)
        for body in bodies:
            check_may_hydrate(self.access, body.parameters)
        results = create_deployment_runs(deployment, bodies, actor=self.actor)
        return Answer({"results": [_result(result) for result in results]})


def _result(result: FlowRun | str) -> dict[str, Any]:
    if isinstance(result, str):
        return {"flow_run_id": None, "status": "FAILED", "error": result}
    return {"flow_run_id": result.id, "status": "CREATED", "error": None}
