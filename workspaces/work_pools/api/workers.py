"""Endpoints of the workers of a work pool."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from rbac.access_lists import MANAGE, RUN, VIEW
from workspaces.list_views import ListView, NounView, Orders, PaginateView
from workspaces.rest import WorkspaceView
from workspaces.work_pools import schemas
from workspaces.work_pools.access import permitted_pool
from workspaces.work_pools.heartbeats import note_usual_heartbeat
from workspaces.work_pools.models import Worker
from workspaces.work_pools.serialization import serialize_workers
from workspaces.work_pools.services.workers import delete_worker, note_heartbeat

_MISSING = "Worker not found."
_ORDERS: Orders = {
    "LAST_HEARTBEAT_DESC": ("-last_heartbeat_time", "id"),
    "LAST_HEARTBEAT_ASC": ("last_heartbeat_time", "id"),
    "NAME_ASC": ("name",),
    "NAME_DESC": ("-name",),
    "STATUS_ASC": ("status", "name"),
    "STATUS_DESC": ("-status", "name"),
}


class HeartbeatView(WorkspaceView):
    required_scopes = {"POST": scopes.WRITE_WORKERS}

    @describe("worker_heartbeat", body=schemas.Heartbeat, answers={204: None, 200: None})
    def post(self, request: Request, work_pool_name: str, **kwargs: Any) -> HttpResponse:
        """Note that a worker is alive. With `return_id`, the answer is the worker's id as plain text."""
        body = self.body(schemas.Heartbeat)
        worker_id = note_usual_heartbeat(self.workspace.id, work_pool_name, body)
        if worker_id is None:
            pool = permitted_pool(self.access, self.user, work_pool_name, RUN)
            integrations = None if body.metadata is None else body.metadata.model_dump()["integrations"]
            worker_id = note_heartbeat(
                pool,
                body.name,
                interval=body.heartbeat_interval_seconds,
                integrations=integrations,
                actor=self.actor,
            )
        return HttpResponse(str(worker_id), content_type="text/plain") if body.return_id else NoContent()


class WorkerView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_WORKERS, "DELETE": scopes.MANAGE_WORKERS}

    @describe("read_worker", answers={200: schemas.Worker})
    def get(self, request: Request, work_pool_name: str, name: str, **kwargs: Any) -> HttpResponse:
        """Read a worker, which the URL names by id, as in Prefect Cloud, or by name."""
        pool = permitted_pool(self.access, self.user, work_pool_name, VIEW)
        workers = Worker.objects.filter(workspace=self.workspace, work_pool=pool)
        worker_id = _uuid(name)
        rows = serialize_workers(workers.filter(name=name) if worker_id is None else workers.filter(id=worker_id))
        if not rows:
            raise NotFound(_MISSING)
        return Answer(rows[0])

    @describe("delete_worker", answers={204: None})
    def delete(self, request: Request, work_pool_name: str, name: str, **kwargs: Any) -> HttpResponse:
        """Delete a worker, which the URL names by name."""
        delete_worker(permitted_pool(self.access, self.user, work_pool_name, MANAGE), name, actor=self.actor)
        return NoContent()


class WorkerLists(NounView):
    noun, model, orders, row_shape = "workers", Worker, _ORDERS, schemas.Worker
    required_scopes = {"POST": scopes.SEE_WORKERS}

    def filtered_rows(self, body: Any) -> QuerySet[Worker]:
        pool = permitted_pool(self.access, self.user, self.kwargs["work_pool_name"], VIEW)
        return super().filtered_rows(body).filter(work_pool=pool)

    def serialize(self, rows: QuerySet[Worker]) -> list[dict[str, Any]]:
        return serialize_workers(rows)


class WorkersFilterView(WorkerLists, ListView):
    operation, body_shape = "read_workers", schemas.WorkersFilter


class WorkersPaginateView(WorkerLists, PaginateView):
    operation, body_shape, page_shape = "paginate_workers", schemas.WorkersPaginate, schemas.WorkerPage


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
