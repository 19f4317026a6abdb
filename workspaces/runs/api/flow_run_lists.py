"""Many flow runs: filter, count, pages, history, lateness, bulk."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from pydantic import Field
from rest_framework.request import Request

from accounts.rest.answers import Answer
from accounts.rest.views import describe
from rbac import scopes
from workspaces.filters import window
from workspaces.rest import WorkspaceView
from workspaces.runs import schemas
from workspaces.runs.api.paging import Numbered, paged
from workspaces.runs.filters import Nouns, flow_runs_where
from workspaces.runs.history import average_lateness, run_history
from workspaces.runs.orders import FLOW_RUN_ORDER, FlowRunSort
from workspaces.runs.rows import flow_run_rows, state_answer
from workspaces.runs.services.flow_runs import delete_flow_run
from workspaces.runs.services.transitions import set_flow_run_state
from workspaces.shapes import Page, Resource, Seconds, Time

Few = Annotated[int, Field(ge=1, le=50)]


class FlowRunsFilter(Nouns, Page):
    sort: FlowRunSort | None = None


class FlowRunsPaginate(Nouns, Numbered):
    sort: FlowRunSort | None = None


class HistoryRequest(Nouns):
    history_start: Time
    history_end: Time
    history_interval_seconds: Seconds

    @property
    def interval(self) -> timedelta:
        return timedelta(seconds=self.history_interval_seconds)


class BulkDelete(Nouns):
    limit: Few = 50


class BulkDeleted(Resource):
    deleted: list[UUID]


class BulkSetState(Nouns):
    state: schemas.StateCreate
    force: bool = False
    limit: Few = 50


class BulkResult(schemas.OrchestrationResult):
    flow_run_id: UUID


class BulkResults(Resource):
    results: list[BulkResult]


class FilterView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("read_flow_runs", body=FlowRunsFilter, answers={200: list[schemas.FlowRun]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(FlowRunsFilter, optional=True)
        runs = flow_runs_where(self.workspace, body).order_by(*FLOW_RUN_ORDER[body.sort or "ID_DESC"])
        return Answer(flow_run_rows(runs[window(body)]))


class CountView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("count_flow_runs", body=Nouns, answers={200: int})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(flow_runs_where(self.workspace, self.body(Nouns, optional=True)).count())


class PaginateView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("paginate_flow_runs", body=FlowRunsPaginate, answers={200: schemas.FlowRunPage})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(FlowRunsPaginate, optional=True)
        runs = flow_runs_where(self.workspace, body).order_by(*FLOW_RUN_ORDER[body.sort or "ID_DESC"])
        return Answer(paged(runs, body, flow_run_rows))


class HistoryView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("run_history", body=HistoryRequest, answers={200: list[schemas.HistoryInterval]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(HistoryRequest)
        runs = flow_runs_where(self.workspace, body)
        return Answer(run_history(runs, body.history_start, body.history_end, body.interval))


class LatenessView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("average_flow_run_lateness", body=Nouns, answers={200: float | None})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(average_lateness(flow_runs_where(self.workspace, self.body(Nouns, optional=True))))


class BulkDeleteView(WorkspaceView):
    required_scopes = {"POST": scopes.MANAGE_FLOWS}

    @describe("bulk_delete_flow_runs", body=BulkDelete, answers={200: BulkDeleted})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(BulkDelete, optional=True)
        runs = list(flow_runs_where(self.workspace, body).order_by("id")[: body.limit])
        for run in runs:
            delete_flow_run(self.workspace, run, actor=self.actor)
        return Answer({"deleted": [run.id for run in runs]})


class BulkSetStateView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_FLOWS}

    @describe("bulk_set_flow_run_state", body=BulkSetState, answers={200: BulkResults})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(BulkSetState)
        runs = flow_runs_where(self.workspace, body).order_by("id")[: body.limit]
        results = []
        for run_id in list(runs.values_list("id", flat=True)):
            outcome = set_flow_run_state(self.workspace, run_id, body.state, force=body.force, actor=self.actor)
            if outcome is not None:
                results.append(
                    {
                        "flow_run_id": run_id,
                        "status": outcome.status,
                        "state": state_answer(outcome.state),
                        "details": outcome.details,
                    }
                )
        return Answer({"results": results})
