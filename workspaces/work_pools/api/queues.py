"""Endpoints of the queues of a work pool."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import Conflict, Taken
from core.rest.descriptions import describe
from core.rest.errors import INTEGRITY_CONFLICT
from core.rest.responses import Answer, NoContent
from rbac import scopes
from rbac.access_lists import MANAGE, VIEW
from workspaces.list_views import ListView, NounView, Orders, PaginateView
from workspaces.rest import WorkspaceView
from workspaces.work_pools import schemas
from workspaces.work_pools.access import permitted_pool
from workspaces.work_pools.models import WorkPool, WorkQueue
from workspaces.work_pools.serialization import serialize_queues
from workspaces.work_pools.services.pools import missing_message as pool_missing
from workspaces.work_pools.services.queues import create_queue, delete_queue, find_queue, update_queue
from workspaces.work_pools.services.queues import missing_message as queue_missing

_ORDERS: Orders = {"PRIORITY": ("priority", "id")}


class PoolQueuesView(WorkspaceView):
    required_scopes = {"POST": scopes.WRITE_WORK_QUEUES}

    @describe("create_pool_work_queue", body=schemas.WorkQueueCreate, answers={201: schemas.WorkQueue})
    def post(self, request: Request, work_pool_name: str, **kwargs: Any) -> HttpResponse:
        fields = queue_fields(self.body(schemas.WorkQueueCreate))
        pool = permitted_pool(self.access, self.user, work_pool_name, MANAGE)
        return Answer(queue_row(self, create_queue(pool, fields, actor=self.actor)), status=201)


class PoolQueueView(WorkspaceView):
    required_scopes = {
        "GET": scopes.SEE_WORK_QUEUES,
        "PATCH": scopes.WRITE_WORK_QUEUES,
        "DELETE": scopes.MANAGE_WORK_QUEUES,
    }

    @describe("read_pool_work_queue", answers={200: schemas.WorkQueue})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer(queue_row(self, self._queue(VIEW)))

    @describe("update_pool_work_queue", body=schemas.WorkQueueUpdate, answers={204: None})
    def patch(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.WorkQueueUpdate)
        change_queue(self, self._queue(MANAGE), body)
        return NoContent()

    @describe("delete_pool_work_queue", answers={204: None})
    def delete(self, request: Request, **kwargs: Any) -> HttpResponse:
        delete_queue(self._queue(MANAGE), actor=self.actor)
        return NoContent()

    def _queue(self, level: str) -> WorkQueue:
        name = self.kwargs["name"]

        def missing(pool_name: str) -> str:
            """Return what Prefect's server says of a missing pool: reading a queue looks for both at once."""
            return queue_missing(pool_name, name) if level == VIEW else pool_missing(pool_name)

        pool = permitted_pool(self.access, self.user, self.kwargs["work_pool_name"], level, missing=missing)
        return find_queue(pool, name)


class PoolQueueLists(NounView):
    noun, model, orders, row_shape = "work_queues", WorkQueue, _ORDERS, schemas.WorkQueue
    required_scopes = {"POST": scopes.SEE_WORK_QUEUES}

    def pool(self) -> WorkPool:
        return permitted_pool(self.access, self.user, self.kwargs["work_pool_name"], VIEW)

    def ordered_rows(self, body: Any) -> QuerySet[WorkQueue]:
        return self.filtered_rows(body).filter(work_pool=self.pool()).order_by(*_ORDERS["PRIORITY"])

    def serialize(self, rows: QuerySet[WorkQueue]) -> list[dict[str, Any]]:
        return serialize_queues(self.workspace, rows)


class PoolQueuesFilterView(PoolQueueLists, ListView):
    operation, body_shape = "read_pool_work_queues", schemas.WorkQueuesFilter


class PoolQueuesPaginateView(PoolQueueLists, PaginateView):
    operation, body_shape, page_shape = "paginate_pool_work_queues", schemas.WorkQueuesPaginate, schemas.WorkQueuePage


def queue_fields(body: schemas.WorkQueueCreate) -> dict[str, Any]:
    """Return the fields of a new queue."""
    return {**body.model_dump(mode="json"), "description": body.description or ""}


def change_queue(view: WorkspaceView, queue: WorkQueue, body: schemas.WorkQueueUpdate) -> None:
    """Change the fields of the queue that the body has.

    Raises `Conflict` for a name that is taken, and for nulls where a queue has a value: Prefect's server leaves both to
    its database, and responds as to any broken constraint.
    """
    changes = body.model_dump(mode="json", exclude_unset=True)
    if "last_polled" in changes:
        changes["last_polled"] = body.last_polled
    if any(changes.get(field, "") is None for field in ("name", "description", "priority")):
        raise Conflict(INTEGRITY_CONFLICT)
    try:
        update_queue(queue, changes, actor=view.actor)
    except Taken:
        raise Conflict(INTEGRITY_CONFLICT) from None


def queue_row(view: WorkspaceView, queue: WorkQueue) -> dict[str, Any]:
    """Return the answer for one queue."""
    (row,) = serialize_queues(view.workspace, WorkQueue.objects.filter(workspace=view.workspace, id=queue.id))
    return row
