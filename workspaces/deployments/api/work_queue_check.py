"""The endpoint that lists the queues that would take the runs of a deployment."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer
from rbac import scopes
from rbac.access_lists import VIEW
from workspaces.deployments.api.base import OneDeploymentView
from workspaces.deployments.models import Deployment
from workspaces.shapes import Count, Resource, Time
from workspaces.work_pools.access import visible_queues
from workspaces.work_pools.schemas.queues import QueueFilter

_FIELDS = (
    "id", "created", "updated", "name", "description", "is_paused", "concurrency_limit", "priority", "work_pool_id",
    "filter", "last_polled",
)  # fmt: skip
_MOST_QUEUES = 200


class CheckedQueue(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: str
    description: str | None
    is_paused: bool
    concurrency_limit: Count | None
    priority: int
    work_pool_id: UUID | None
    filter: QueueFilter | None
    last_polled: Time | None


class WorkQueueCheckView(OneDeploymentView):
    required_scopes = {"GET": scopes.SEE_DEPLOYMENTS}

    @describe("work_queue_check_for_deployment", answers={200: list[CheckedQueue]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """List the queues that take runs of the deployment, by the filter that legacy agents use, if there is one."""
        deployment = self.find(VIEW)
        queues = visible_queues(self.access, self.user).order_by("name", "id")
        rows = queues.values(*_FIELDS)[:_MOST_QUEUES]
        return Answer([row for row in rows if _takes(row["filter"], deployment)])


def _takes(queue_filter: dict[str, Any] | None, deployment: Deployment) -> bool:
    if queue_filter is None:
        return True
    ids = queue_filter.get("deployment_ids") or [str(deployment.id)]
    return set(queue_filter.get("tags") or []) <= set(deployment.tags) and str(deployment.id) in ids
