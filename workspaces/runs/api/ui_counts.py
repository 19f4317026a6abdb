"""Counts and charts that Prefect's own UI asks for (docs/contract/runs.md, "Helpers of the UI")."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.utils import timezone
from pydantic import Field
from rest_framework.request import Request

from core.errors import Invalid, NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer
from rbac import scopes
from rbac.access_lists import VIEW
from workspaces import shapes
from workspaces.deployments.access import visible_deployments
from workspaces.filters.related import RelatedFilters
from workspaces.filters.task_runs import TaskRunFilter
from workspaces.flows.models import Flow
from workspaces.rest import WorkspaceView
from workspaces.runs import schemas
from workspaces.runs.api.flow_run_lists import FlowRunLists
from workspaces.runs.api.task_runs import TaskRunLists
from workspaces.runs.estimates import add_estimates
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.orders import FLOW_RUN_ORDER, FlowRunSort
from workspaces.runs.serialization import serialize_task_runs
from workspaces.runs.states import CRASHED, FAILED, SCHEDULED, TERMINAL, TYPES
from workspaces.shapes import Offset

_BUCKETS = 20
_NEXT_RUN = ("id", "flow_id", "name", "state_name", "state_type", "next_scheduled_start_time")
_HISTORY = ("id", "state_type", "state_timestamp", "start_time", "expected_start_time", "total_run_time")

Ids = Annotated[list[UUID], Field(fail_fast=True, max_length=200)]


class FlowIds(shapes.Request):
    flow_ids: Ids


class FlowRunIds(shapes.Request):
    flow_run_ids: Ids


class UIHistoryRequest(RelatedFilters):
    sort: FlowRunSort = "EXPECTED_START_TIME_DESC"
    limit: Annotated[int, Field(ge=0, le=1000)] = 1000
    offset: Offset = 0


class DashboardRequest(RelatedFilters):
    task_runs: TaskRunFilter


class DeploymentCountsView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("count_deployments_by_flow", body=FlowIds, answers={200: dict[UUID, int]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Count the deployments of flows that the caller may view."""
        ids = self.body(FlowIds).flow_ids
        counts: dict[UUID, int] = {}
        if self.access.allows(scopes.SEE_DEPLOYMENTS):
            rows = visible_deployments(self.access, self.user, VIEW).filter(flow__in=ids)
            counts = dict(rows.values_list("flow").annotate(count=Count("id")))
        return Answer({str(flow_id): counts.get(flow_id, 0) for flow_id in ids})


class NextRunsView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("next_runs_by_flow", body=FlowIds, answers={200: dict[UUID, schemas.SimpleNextFlowRun | None]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the scheduled run of each flow that starts next."""
        ids = self.body(FlowIds).flow_ids
        scheduled = FlowRun.objects.filter(
            workspace=self.workspace, flow=OuterRef("pk"), state_type=SCHEDULED, next_scheduled_start_time__isnull=False
        )
        first = scheduled.order_by("next_scheduled_start_time", "id").values("id")[:1]
        flows = Flow.objects.filter(workspace=self.workspace, id__in=ids).annotate(next_run=Subquery(first))
        next_ids = list(flows.exclude(next_run=None).values_list("next_run", flat=True))
        runs = FlowRun.objects.filter(workspace=self.workspace, id__in=next_ids).values(*_NEXT_RUN)
        by_flow = {run["flow_id"]: run for run in runs}
        return Answer({str(flow_id): by_flow.get(flow_id) for flow_id in ids})


class RunHistoryView(FlowRunLists):
    @describe("read_flow_run_history", body=UIHistoryRequest, answers={200: list[schemas.SimpleFlowRun]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """List runs with the few fields that a chart shows."""
        body = self.body(UIHistoryRequest, optional=True)
        rows = self.filtered_rows(body).order_by(*FLOW_RUN_ORDER[body.sort])
        rows = rows.exclude(expected_start_time=None, start_time=None).exclude(state_type=None)
        now = timezone.now()
        return Answer([_simple_run(row, now) for row in rows.values(*_HISTORY)[body.offset : body.offset + body.limit]])


class TaskRunCountsView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("count_task_runs_by_flow_run", body=FlowRunIds, answers={200: dict[UUID, int]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Count the task runs of flow runs, without those that stand for subflows."""
        ids = self.body(FlowRunIds).flow_run_ids
        rows = TaskRun.objects.filter(workspace=self.workspace, flow_run__in=ids, subflow_runs__isnull=True)
        counts = dict(rows.values_list("flow_run").annotate(count=Count("id")))
        return Answer({str(run_id): counts.get(run_id, 0) for run_id in ids})


class DashboardCountsView(TaskRunLists):
    @describe("read_dashboard_task_run_counts", body=DashboardRequest, answers={200: list[schemas.TaskRunCount]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Count the task runs that have ended, in twenty slices of the time since `start_time.after_`."""
        body = self.body(DashboardRequest)
        times = body.task_runs.start_time
        if times is None or times.after_ is None:
            raise Invalid("task_runs.start_time.after_ is required")
        body.task_runs.state = None
        start = times.after_.replace(microsecond=0, second=0)
        end = (times.before_ or timezone.now()).replace(microsecond=999_999, second=59)
        rows = self.filtered_rows(body).filter(state_type__in=TERMINAL)
        return Answer(_counts(rows, start, end))


class TaskRunStateCountsView(TaskRunLists):
    @describe("read_task_run_counts_by_state", body=RelatedFilters, answers={200: schemas.CountByState})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        rows = self.filtered_rows(self.body(RelatedFilters, optional=True)).exclude(state_type=None)
        counts = dict(rows.values_list("state_type").annotate(count=Count("id")))
        return Answer({state_type: counts.get(state_type, 0) for state_type in TYPES})


class UITaskRunView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_FLOWS}

    @describe("read_task_run_with_flow_run_name", answers={200: schemas.UITaskRun})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Return a task run with the name of its flow run."""
        rows = serialize_task_runs(TaskRun.objects.filter(workspace=self.workspace, id=id)[:1])
        if not rows:
            raise NotFound("Task not found")
        [row] = rows
        named = FlowRun.objects.filter(workspace=self.workspace, id=row["flow_run_id"])
        row["flow_run_name"] = named.values_list("name", flat=True).first()
        return Answer(row)


def _simple_run(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    add_estimates(row, now)
    return {
        "id": row["id"],
        "state_type": row["state_type"],
        "timestamp": row["start_time"] or row["expected_start_time"],
        "duration": row["estimated_run_time"],
        "lateness": row["estimated_start_time_delta"],
    }


def _counts(rows: QuerySet[TaskRun], start: datetime, end: datetime) -> list[dict[str, int]]:
    """Count the rows in slices of equal width, in one query."""
    width = max((end - start) / _BUCKETS, timedelta(microseconds=1))
    failed, slices = Q(state_type__in=(FAILED, CRASHED)), range(_BUCKETS)
    within = [
        Q(start_time__gte=start + width * number, start_time__lt=start + width * (number + 1)) for number in slices
    ]
    counts = rows.aggregate(
        **{f"completed{number}": Count("id", filter=within[number] & ~failed) for number in slices},
        **{f"failed{number}": Count("id", filter=within[number] & failed) for number in slices},
    )
    return [{"completed": counts[f"completed{number}"], "failed": counts[f"failed{number}"]} for number in slices]
