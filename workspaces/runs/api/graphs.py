"""Endpoints for the graph of a flow run."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer
from rbac import scopes
from workspaces.rest import WorkspaceView
from workspaces.runs import schemas
from workspaces.runs.graph import dependencies, flow_run_graph
from workspaces.runs.models import FlowRun


class GraphView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_flow_run_graph_v1", answers={200: list[schemas.Dependency]})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Return the task runs of the run, with those whose results they need."""
        run = FlowRun.objects.filter(workspace=self.workspace, id=id).first()
        if run is None:
            raise ApiError(404, f"Flow run with id {id} not found", message=True)
        return Answer(dependencies(self.workspace, run))


class GraphV2View(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_flow_run_graph_v2", query=schemas.GraphQuery, answers={200: schemas.Graph})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Return task runs and subflows as nodes of a graph."""
        since = self.query(schemas.GraphQuery).since
        run = FlowRun.objects.filter(workspace=self.workspace, id=id).first()
        if run is None:
            raise ApiError(404, f"Flow run {id} not found", message=True)
        return Answer(flow_run_graph(self.workspace, run, since))
