"""Endpoints of polls, and of the slots of queues and pools."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.callers import sends_basic
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer
from rbac import scopes
from rbac.access_lists import RUN, VIEW
from workspaces.filters.paging import Numbered, checked_limit
from workspaces.rest import WorkspaceView
from workspaces.runs.models import FlowRun as FlowRunRow
from workspaces.runs.schemas import FlowRun
from workspaces.scheduling import schemas
from workspaces.scheduling.deployment_polls import poll_deployments
from workspaces.scheduling.polling import (
    PolledQueue,
    Window,
    note_queues,
    poll_pool,
    poll_queue,
    read_polled_pool,
)
from workspaces.scheduling.run_keys import add_run_keys
from workspaces.scheduling.slots import count_runs_by_pool, pool_slots, queue_slots
from workspaces.work_pools.access import permitted_pool, permitted_queue, visible_pools
from workspaces.work_pools.models import WorkQueue
from workspaces.work_pools.schemas import WorkQueueStatus
from workspaces.work_pools.services.pools import missing_message
from workspaces.work_pools.statuses import POLLED_WITHIN, polled_lately


class PollPoolView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_WORK_QUEUES}

    @describe("get_scheduled_flow_runs", body=schemas.PoolPoll, answers={200: list[schemas.WorkerFlowRun]})
    def post(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        """Return the runs that a worker of the pool may start."""
        body = self.body(schemas.PoolPoll, optional=True)
        window = Window(body.scheduled_before, body.scheduled_after, checked_limit(body.limit))
        pool = read_polled_pool(self.workspace, name)
        if pool is None:
            raise NotFound(missing_message(name))
        if pool.restricted:
            permitted_pool(self.access, self.user, name, RUN)
        found = poll_pool(self.workspace, pool, body.work_queue_names or (), window)
        if pool.run_keys and self.access.allows(scopes.RUN_FLOWS):
            add_run_keys(self.workspace, self.key, [row["flow_run"] for row in found], basic=sends_basic(request))
        return Answer(found)


class PollDeploymentsView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_DEPLOYMENTS}

    @describe("get_scheduled_flow_runs_for_deployments", body=schemas.DeploymentPoll, answers={200: list[FlowRun]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the runs of deployments that the caller's process serves. Leaves out those they may not run."""
        body = self.body(schemas.DeploymentPoll)
        window = Window(body.scheduled_before, None, checked_limit(body.limit))
        return Answer(poll_deployments(self.access, self.user, body.deployment_ids, window))


class PollQueueView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_WORK_QUEUES}

    @describe("read_work_queue_runs", body=schemas.QueuePoll, answers={200: list[FlowRun]})
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Return the runs that an agent may start from the queue."""
        body = self.body(schemas.QueuePoll, optional=True)
        window = Window(body.scheduled_before, None, checked_limit(body.limit))
        queue = _find_queue(self, id, RUN, end=".")
        runs = poll_queue(self.access, self.user, queue, window)
        # Prefect's pages use this endpoint to show the runs. That is no poll.
        if request.META.get("HTTP_X_PREFECT_UI", "").lower() not in ("true", "1"):
            note_queues(self.workspace, [PolledQueue(queue.id, queue.name, queue.status, queue.last_polled)])
        return Answer(runs)


class QueueStatusView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_WORK_QUEUES}

    @describe("read_work_queue_status", answers={200: WorkQueueStatus})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        queue = _find_queue(self, id, VIEW)
        late = FlowRunRow.objects.filter(workspace=self.workspace, work_queue=queue, state_name="Late").count()
        policy = {"maximum_late_runs": 0, "maximum_seconds_since_last_polled": int(POLLED_WITHIN.total_seconds())}
        return Answer(
            {
                "healthy": late == 0 and polled_lately(queue),
                "late_runs_count": late,
                "last_polled": queue.last_polled,
                "health_check_policy": policy,
            }
        )


class PoolSlotsView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_WORK_POOLS}

    @describe("read_work_pool_concurrency_status", body=schemas.PoolSlotsRequest, answers={200: schemas.PoolSlots})
    def post(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        """Return which runs take slots of the pool, by queue. Needs the scope to see queues as well."""
        if not self.access.allows(scopes.SEE_WORK_QUEUES):
            raise ApiError(403, f"This needs the scope {scopes.SEE_WORK_QUEUES} in the workspace.")
        body = self.body(schemas.PoolSlotsRequest, optional=True)
        checked_limit(body.limit)
        missing = f"Work pool {name!r} not found."
        pool = permitted_pool(self.access, self.user, name, VIEW, missing=lambda _: missing)
        return Answer(pool_slots(self.workspace, pool, body, body.flow_run_limit))


class QueueSlotsView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_WORK_QUEUES}

    @describe("read_work_queue_concurrency_status", body=Numbered, answers={200: schemas.QueueSlots})
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Return which runs take slots of the queue."""
        body = self.body(Numbered, optional=True)
        checked_limit(body.limit)
        queue = permitted_queue(self.access, self.user, id, VIEW, missing="Work queue not found.")
        return Answer(queue_slots(self.workspace, queue, body))


class PoolRunCountsView(WorkspaceView):
    required_scopes = {"POST": scopes.SEE_FLOWS}

    @describe("count_flow_runs_by_work_pool", body=schemas.PoolRunCounts, answers={200: dict[UUID, int]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Count the flow runs of work pools. Leaves out pools that the caller may not view."""
        body = self.body(schemas.PoolRunCounts)
        runs = FlowRunRow.objects.filter(workspace=self.workspace)
        if body.flow_runs is not None:
            runs = runs.filter(body.flow_runs.q(FlowRunRow))
        pools = visible_pools(self.access, self.user)
        return Answer(count_runs_by_pool(self.workspace, runs, pools, body.work_pool_ids))


def _find_queue(view: WorkspaceView, queue_id: UUID, level: str, *, end: str = "") -> WorkQueue:
    """Return the queue. Raises `ApiError` 404 with the body that Prefect's server has for these two endpoints."""
    missing = f"Work queue with id {queue_id} not found{end}"
    try:
        return permitted_queue(view.access, view.user, queue_id, level, missing=missing)
    except NotFound:
        raise ApiError(404, missing, message=True) from None
