"""Flows. They stand here and not in `flows/`, which is below runs, because their filters speak of runs."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from pydantic import Field
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from rbac import scopes
from workspaces.filters import window
from workspaces.flows import schemas
from workspaces.flows.models import Flow
from workspaces.flows.services import ensure_flow, tag_flow
from workspaces.rest import WorkspaceView
from workspaces.runs.api.paging import Numbered, paged
from workspaces.runs.filters import FlowFilter, Nouns, flows_where
from workspaces.runs.orders import FLOW_ORDER
from workspaces.runs.schemas import Paged
from workspaces.runs.services.flow_runs import delete_flow
from workspaces.shapes import Page, Resource

FIELDS = ("id", "created", "updated", "name", "tags", "labels")


class FlowsFilter(Nouns, Page):
    sort: schemas.FlowSort | None = None


class FlowsPaginate(Nouns, Numbered):
    sort: schemas.FlowSort | None = None


class FlowPage(Paged):
    results: list[schemas.Flow]


class FlowsBulkDelete(Nouns):
    flows: FlowFilter | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 50


class FlowsBulkDeleted(Resource):
    deleted: list[UUID]


class FlowsView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}

    @describe("create_flow", body=schemas.FlowCreate, answers={201: schemas.Flow, 200: schemas.Flow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Create a flow, or get the one of that name."""
        body = self.body(schemas.FlowCreate)
        flow, new = ensure_flow(
            self.workspace, name=body.name, tags=body.tags, labels=body.labels or {}, actor=self.actor
        )
        return Answer({field: getattr(flow, field) for field in FIELDS}, status=201 if new else 200)


class FlowView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS, "PATCH": scopes.RUN_FLOWS, "DELETE": scopes.MANAGE_FLOWS}

    @describe("read_flow", answers={200: schemas.Flow})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return _one(Flow.objects.filter(workspace=self.workspace, id=id).values(*FIELDS).first())

    @describe("update_flow", body=schemas.FlowUpdate, answers={204: None})
    def patch(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        if not tag_flow(self.workspace, id, tags=self.body(schemas.FlowUpdate).tags, actor=self.actor):
            raise ApiError(404, "Flow not found")
        return NoContent()

    @describe("delete_flow", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        flow = Flow.objects.filter(workspace=self.workspace, id=id).first()
        if flow is None:
            raise ApiError(404, "Flow not found")
        delete_flow(self.workspace, flow, actor=self.actor)
        return NoContent()


class FlowByNameView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_flow_by_name", answers={200: schemas.Flow})
    def get(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        return _one(Flow.objects.filter(workspace=self.workspace, name=name).values(*FIELDS).first())


class FlowsFilterView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("read_flows", body=FlowsFilter, answers={200: list[schemas.Flow]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(FlowsFilter, optional=True)
        flows = flows_where(self.workspace, body).order_by(*FLOW_ORDER[body.sort or "NAME_ASC"])
        return Answer(list(flows.values(*FIELDS)[window(body)]))


class FlowsCountView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("count_flows", body=Nouns, answers={200: int})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(flows_where(self.workspace, self.body(Nouns, optional=True)).count())


class FlowsPaginateView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("paginate_flows", body=FlowsPaginate, answers={200: FlowPage})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(FlowsPaginate, optional=True)
        flows = flows_where(self.workspace, body).order_by(*FLOW_ORDER[body.sort or "NAME_ASC"])
        return Answer(paged(flows, body, lambda part: list(part.values(*FIELDS))))


class FlowsBulkDeleteView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_FLOWS}

    @describe("bulk_delete_flows", body=FlowsBulkDelete, answers={200: FlowsBulkDeleted})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(FlowsBulkDelete, optional=True)
        flows = list(flows_where(self.workspace, body).order_by("name")[: body.limit])
        for flow in flows:
            delete_flow(self.workspace, flow, actor=self.actor)
        return Answer({"deleted": [flow.id for flow in flows]})


def _one(row: dict[str, Any] | None) -> HttpResponse:
    if row is None:
        raise ApiError(404, "Flow not found")
    return Answer(row)
