"""Endpoints for many flow runs: filter, count, paginate, history, lateness, bulk changes."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer
from core.rest.views import BODY_BYTES
from rbac import scopes
from workspaces.filters.paging import Numbered, Page
from workspaces.filters.related import RelatedFilters
from workspaces.list_views import BulkDeleteView, BulkLimit, CountView, ListView, NounView, PaginateView
from workspaces.run_keys.bounds import anything
from workspaces.runs import schemas
from workspaces.runs.history import average_lateness, run_history
from workspaces.runs.models import FlowRun
from workspaces.runs.orders import FLOW_RUN_ORDER, FlowRunSort
from workspaces.runs.run_access import startable_runs
from workspaces.runs.serialization import serialize_flow_runs, serialize_state
from workspaces.runs.services.flow_runs import delete_flow_run
from workspaces.runs.services.transitions import set_flow_run_state
from workspaces.runs.states import SCHEDULED
from workspaces.shapes import Resource, Seconds, Time


class FlowRunsFilter(RelatedFilters, Page):
    sort: FlowRunSort | None = None


class FlowRunsPaginate(RelatedFilters, Numbered):
    sort: FlowRunSort | None = None


class HistoryRequest(RelatedFilters):
    history_start: Time
    history_end: Time
    history_interval_seconds: Seconds

    @property
    def interval(self) -> timedelta:
        return timedelta(seconds=self.history_interval_seconds)


class BulkSetState(RelatedFilters):
    MOST_BYTES: ClassVar[int] = BODY_BYTES  # more than other filters, for the data of the state

    state: schemas.StateCreate
    force: bool = False
    limit: BulkLimit = 50


class BulkResult(schemas.OrchestrationResult):
    flow_run_id: UUID


class BulkResults(Resource):
    results: list[BulkResult]


class FlowRunLists(NounView):
    noun, model, orders, row_shape = "flow_runs", FlowRun, FLOW_RUN_ORDER, schemas.FlowRun
    required_scopes = {"POST": scopes.SEE_FLOWS}

    def serialize(self, rows: QuerySet[FlowRun]) -> list[dict[str, Any]]:
        return serialize_flow_runs(rows)


class FlowRunsFilterView(FlowRunLists, ListView):
    operation, body_shape = "read_flow_runs", FlowRunsFilter
    run_keys = {"POST": anything}

    def filtered_rows(self, body: Any) -> QuerySet[FlowRun]:
        rows = super().filtered_rows(body)
        return rows if self.access.run is None else rows.filter(id__in=self.access.run.family())


class FlowRunsCountView(FlowRunLists, CountView):
    operation = "count_flow_runs"


class FlowRunsPaginateView(FlowRunLists, PaginateView):
    operation, body_shape, page_shape = "paginate_flow_runs", FlowRunsPaginate, schemas.FlowRunPage


class FlowRunsBulkDeleteView(FlowRunLists, BulkDeleteView):
    operation = "bulk_delete_flow_runs"
    required_scopes = {"POST": scopes.MANAGE_FLOWS}

    def delete_row(self, row: FlowRun) -> bool:
        return delete_flow_run(self.workspace, row, actor=self.actor)


class HistoryView(FlowRunLists):
    @describe("run_history", body=HistoryRequest, answers={200: list[schemas.HistoryInterval]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(HistoryRequest)
        return Answer(run_history(self.filtered_rows(body), body.history_start, body.history_end, body.interval))


class LatenessView(FlowRunLists):
    @describe("average_flow_run_lateness", body=RelatedFilters, answers={200: float | None})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(average_lateness(self.filtered_rows(self.body(RelatedFilters, optional=True))))


class BulkSetStateView(FlowRunLists):
    required_scopes = {"POST": scopes.RUN_FLOWS}

    @describe("bulk_set_flow_run_state", body=BulkSetState, answers={200: BulkResults})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(BulkSetState)
        runs = self.filtered_rows(body)
        if body.state.type == SCHEDULED:
            runs = startable_runs(runs, self.access, self.user)
        runs = runs.order_by("id")[: body.limit]
        results = []
        for run_id in list(runs.values_list("id", flat=True)):
            outcome = set_flow_run_state(self.workspace, run_id, body.state, force=body.force, actor=self.actor)
            if outcome is not None:
                results.append(
                    {
                        "flow_run_id": run_id,
                        "status": outcome.status,
                        "state": serialize_state(outcome.state),
                        "details": outcome.details,
                    }
                )
        return Answer({"results": results})
