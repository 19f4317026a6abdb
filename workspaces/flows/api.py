"""Endpoints of flows."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from workspaces.flows import schemas
from workspaces.flows.models import Flow
from workspaces.flows.services import delete_flow, get_or_create_flow, set_flow_tags
from workspaces.list_views import NAME_ORDERS, BulkDeleteView, CountView, ListView, NounView, PaginateView
from workspaces.rest import WorkspaceView
from workspaces.run_keys.bounds import anything, own_flow

FIELDS = ("id", "created", "updated", "name", "tags", "labels")


class FlowsView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}
    run_keys = {"POST": anything}  # a subflow's; the flow may exist

    @describe("create_flow", body=schemas.FlowCreate, answers={201: schemas.Flow, 200: schemas.Flow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Create a flow, or return the existing one with this name."""
        body = self.body(schemas.FlowCreate)
        flow, created = get_or_create_flow(
            self.workspace, name=body.name, tags=body.tags, labels=body.labels or {}, actor=self.actor
        )
        return Answer({field: getattr(flow, field) for field in FIELDS}, status=201 if created else 200)


class FlowView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS, "PATCH": scopes.RUN_FLOWS, "DELETE": scopes.MANAGE_FLOWS}
    run_keys = {"GET": own_flow}

    @describe("read_flow", answers={200: schemas.Flow})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return _flow_answer(Flow.objects.filter(workspace=self.workspace, id=id).values(*FIELDS).first())

    @describe("update_flow", body=schemas.FlowUpdate, answers={204: None})
    def patch(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        if not set_flow_tags(self.workspace, id, tags=self.body(schemas.FlowUpdate).tags, actor=self.actor):
            raise NotFound("Flow not found")
        return NoContent()

    @describe("delete_flow", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        flow = Flow.objects.filter(workspace=self.workspace, id=id).first()
        if flow is None:
            raise NotFound("Flow not found")
        delete_flow(self.workspace, flow, actor=self.actor)
        return NoContent()


class FlowByNameView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_flow_by_name", answers={200: schemas.Flow})
    def get(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        return _flow_answer(Flow.objects.filter(workspace=self.workspace, name=name).values(*FIELDS).first())


class FlowLists(NounView):
    noun, model, orders, row_shape = "flows", Flow, NAME_ORDERS, schemas.Flow
    required_scopes = {"POST": scopes.SEE_FLOWS}

    def serialize(self, rows: QuerySet[Flow]) -> list[dict[str, Any]]:
        return list(rows.values(*FIELDS))


class FlowsFilterView(FlowLists, ListView):
    operation, body_shape = "read_flows", schemas.FlowsFilter


class FlowsCountView(FlowLists, CountView):
    operation = "count_flows"


class FlowsPaginateView(FlowLists, PaginateView):
    operation, body_shape, page_shape = "paginate_flows", schemas.FlowsPaginate, schemas.FlowPage


class FlowsBulkDeleteView(FlowLists, BulkDeleteView):
    operation = "bulk_delete_flows"
    required_scopes = {"POST": scopes.MANAGE_FLOWS}
    deletion_order = "name"

    def delete_row(self, row: Flow) -> bool:
        return delete_flow(self.workspace, row, actor=self.actor)


def _flow_answer(row: dict[str, Any] | None) -> HttpResponse:
    if row is None:
        raise NotFound("Flow not found")
    return Answer(row)
