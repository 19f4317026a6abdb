"""Endpoints for the inputs of a flow run."""

from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic import Field
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from workspaces.rest import WorkspaceView
from workspaces.run_keys.bounds import own_run
from workspaces.runs import schemas
from workspaces.runs.api.flow_runs import NOT_FOUND
from workspaces.runs.models import FlowRun, FlowRunInput
from workspaces.runs.serialization import serialize_inputs
from workspaces.runs.services.run_inputs import add_input, delete_input
from workspaces.shapes import Filter, Values


class InputFilter(Filter):
    prefix: Annotated[str, Field(max_length=1024)]
    limit: int = 1
    exclude_keys: Values[str] = []


class InputsView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}
    run_keys = {"POST": own_run}

    @describe("create_flow_run_input", body=schemas.FlowRunInputCreate, answers={201: None})
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.FlowRunInputCreate)
        run = FlowRun.objects.filter(workspace=self.workspace, id=id).first()
        if run is None:
            raise NotFound(NOT_FOUND)
        add_input(self.workspace, run, key=body.key, value=body.value, sender=body.sender, actor=self.actor)
        return Answer(None, status=201)


class InputsFilterView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}
    run_keys = {"POST": own_run}

    @describe("filter_flow_run_input", body=InputFilter, answers={200: list[schemas.FlowRunInput]})
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        body = self.body(InputFilter)
        inputs = _inputs(self, id).filter(key__startswith=body.prefix).exclude(key__in=body.exclude_keys)
        return Answer(serialize_inputs(inputs.order_by("created")[: max(0, min(body.limit, 200))]))


class InputView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS, "DELETE": scopes.MANAGE_FLOWS}
    run_keys = {"GET": own_run, "DELETE": own_run}

    @describe("read_flow_run_input", answers={200: None})
    def get(self, request: Request, id: UUID, key: str, **kwargs: Any) -> HttpResponse:
        """Return the raw value as plain text."""
        run_input = _inputs(self, id).filter(key=key).first()
        if run_input is None:
            raise NotFound("Flow run input not found")
        return HttpResponse(run_input.value, content_type="text/plain; charset=utf-8")

    @describe("delete_flow_run_input", answers={204: None})
    def delete(self, request: Request, id: UUID, key: str, **kwargs: Any) -> HttpResponse:
        if not delete_input(self.workspace, id, key, actor=self.actor):
            raise NotFound("Flow run input not found")
        return NoContent()


def _inputs(view: WorkspaceView, run_id: UUID) -> QuerySet[FlowRunInput]:
    return FlowRunInput.objects.filter(workspace=view.workspace, flow_run_id=run_id)
