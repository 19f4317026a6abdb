"""Endpoints of queues by their ids, as agents used them. A queue that is created here belongs to the pool of agents."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound, Taken
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from rbac.access_lists import MANAGE, VIEW
from workspaces.list_views import ListView, NounView, Orders, PaginateView
from workspaces.rest import WorkspaceView
from workspaces.run_keys.bounds import own_queue
from workspaces.work_pools import schemas
from workspaces.work_pools.access import permitted_pool, permitted_queue, visible_queues
from workspaces.work_pools.api.queues import change_queue, queue_fields, queue_row
from workspaces.work_pools.models import WorkQueue
from workspaces.work_pools.serialization import serialize_queues
from workspaces.work_pools.services.pools import AGENT_POOL, get_or_create_agent_pool
from workspaces.work_pools.services.queues import create_queue, delete_queue

_MISSING = "work queue not found"
_ORDERS: Orders = {"NAME_ASC": ("name", "id")}


class WorkQueuesView(WorkspaceView):
    required_scopes = {"POST": scopes.WRITE_WORK_QUEUES}

    @describe("create_work_queue", body=schemas.WorkQueueCreate, answers={201: schemas.WorkQueue})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        fields = queue_fields(self.body(schemas.WorkQueueCreate))
        get_or_create_agent_pool(self.workspace, actor=self.actor)
        pool = permitted_pool(self.access, self.user, AGENT_POOL, MANAGE)
        try:
            queue = create_queue(pool, fields, actor=self.actor)
        except Taken:
            raise Taken("A work queue with this name already exists.") from None
        return Answer(queue_row(self, queue), status=201)


class WorkQueueView(WorkspaceView):
    required_scopes = {
        "GET": scopes.SEE_WORK_QUEUES,
        "PATCH": scopes.WRITE_WORK_QUEUES,
        "DELETE": scopes.MANAGE_WORK_QUEUES,
    }
    run_keys = {"GET": own_queue}

    @describe("read_work_queue", answers={200: schemas.WorkQueue})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return Answer(queue_row(self, permitted_queue(self.access, self.user, id, VIEW, missing=_MISSING)))

    @describe("update_work_queue", body=schemas.WorkQueueUpdate, answers={204: None})
    def patch(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.WorkQueueUpdate)
        missing = f"Work Queue {id} not found"
        change_queue(self, permitted_queue(self.access, self.user, id, MANAGE, missing=missing), body)
        return NoContent()

    @describe("delete_work_queue", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        delete_queue(permitted_queue(self.access, self.user, id, MANAGE, missing=_MISSING), actor=self.actor)
        return NoContent()


class WorkQueueByNameView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_WORK_QUEUES}

    @describe("read_work_queue_by_name", answers={200: schemas.WorkQueue})
    def get(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        queues = visible_queues(self.access, self.user)
        queue = queues.filter(work_pool__name=AGENT_POOL, name=name).first()
        if queue is None:
            raise NotFound(_MISSING)
        return Answer(queue_row(self, queue))


class WorkQueueLists(NounView):
    noun, model, orders, row_shape = "work_queues", WorkQueue, _ORDERS, schemas.WorkQueue
    required_scopes = {"POST": scopes.SEE_WORK_QUEUES}

    def ordered_rows(self, body: Any) -> QuerySet[WorkQueue]:
        visible = visible_queues(self.access, self.user)
        return self.filtered_rows(body).filter(id__in=visible.values("id")).order_by(*_ORDERS["NAME_ASC"])

    def serialize(self, rows: QuerySet[WorkQueue]) -> list[dict[str, Any]]:
        return serialize_queues(self.workspace, rows)


class WorkQueuesFilterView(WorkQueueLists, ListView):
    operation, body_shape = "read_work_queues", schemas.WorkQueuesFilter


class WorkQueuesPaginateView(WorkQueueLists, PaginateView):
    operation, body_shape, page_shape = "paginate_work_queues", schemas.WorkQueuesPaginate, schemas.WorkQueuePage
