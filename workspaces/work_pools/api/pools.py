"""Endpoints of work pools."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import Conflict
from core.rest.descriptions import describe
from core.rest.errors import INTEGRITY_CONFLICT
from core.rest.responses import Answer, NoContent
from rbac import scopes
from rbac.access_lists import MANAGE, RUN, VIEW
from workspaces.access_list_views import AccessLevels, AccessListView, MyAccessView
from workspaces.list_views import CountView, ListView, NounView, Orders, PaginateView
from workspaces.rest import WorkspaceView
from workspaces.run_keys.bounds import own_pool
from workspaces.work_pools import schemas
from workspaces.work_pools.access import permitted_pool, visible_pools
from workspaces.work_pools.api.old_clients import for_client
from workspaces.work_pools.models import WorkPool
from workspaces.work_pools.serialization import serialize_pools
from workspaces.work_pools.services.pools import (
    create_pool,
    delete_pool,
    refuse_reserved_deletion,
    refuse_reserved_update,
    update_pool,
)

_ORDERS: Orders = {"NAME_ASC": ("name",), "NAME_DESC": ("-name",)}


class WorkPoolsView(WorkspaceView):
    required_scopes = {"POST": scopes.WRITE_WORK_POOLS}

    @describe("create_work_pool", body=schemas.WorkPoolCreate, answers={201: schemas.WorkPool})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Create a work pool with its default queue."""
        fields = self.body(schemas.WorkPoolCreate).model_dump(mode="json")
        pool = create_pool(self.workspace, fields, actor=self.actor)
        return Answer(_row(self, pool), status=201)


class WorkPoolView(WorkspaceView):
    required_scopes = {
        "GET": scopes.SEE_WORK_POOLS,
        "PATCH": scopes.WRITE_WORK_POOLS,
        "DELETE": scopes.MANAGE_WORK_POOLS,
    }
    run_keys = {"GET": own_pool}

    @describe("read_work_pool", answers={200: schemas.WorkPool})
    def get(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        return Answer(_row(self, permitted_pool(self.access, self.user, name, VIEW)))

    @describe("update_work_pool", body=schemas.WorkPoolUpdate, answers={204: None})
    def patch(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.WorkPoolUpdate)
        changes = body.model_dump(mode="json", include=body.model_fields_set)
        refuse_reserved_update(name, changes.keys())
        if changes.get("is_paused", False) is None:
            # The Prefect server leaves it to its database, and responds as to any broken constraint.
            raise Conflict(INTEGRITY_CONFLICT)
        # Null leaves these two unchanged: a pool always has them.
        for field in ("base_job_template", "storage_configuration"):
            if field in changes and changes[field] is None:
                del changes[field]
        update_pool(permitted_pool(self.access, self.user, name, MANAGE), changes, actor=self.actor)
        return NoContent()

    @describe("delete_work_pool", answers={204: None})
    def delete(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        refuse_reserved_deletion(name)
        delete_pool(permitted_pool(self.access, self.user, name, MANAGE), actor=self.actor)
        return NoContent()


class WorkPoolLists(NounView):
    noun, model, orders, row_shape = "work_pools", WorkPool, _ORDERS, schemas.WorkPool
    required_scopes = {"POST": scopes.SEE_WORK_POOLS}

    def filtered_rows(self, body: Any) -> QuerySet[WorkPool]:
        return super().filtered_rows(body).filter(id__in=visible_pools(self.access, self.user))


class WorkPoolsFilterView(WorkPoolLists, ListView):
    operation, body_shape = "read_work_pools", schemas.WorkPoolsFilter

    def answer(self, body: Any) -> list[dict[str, Any]]:
        self._templates = not body.exclude_base_job_template
        return super().answer(body)

    def serialize(self, rows: QuerySet[WorkPool]) -> list[dict[str, Any]]:
        return for_client(self.request, serialize_pools(self.workspace, rows, templates=self._templates))


class WorkPoolsCountView(WorkPoolLists, CountView):
    operation, body_shape = "count_work_pools", schemas.WorkPoolsCount


class WorkPoolsPaginateView(WorkPoolLists, PaginateView):
    operation, body_shape, page_shape = "paginate_work_pools", schemas.WorkPoolsPaginate, schemas.WorkPoolPage

    def answer(self, body: Any) -> dict[str, Any]:
        self._templates = body.include_base_job_template
        return super().answer(body)

    def serialize(self, rows: QuerySet[WorkPool]) -> list[dict[str, Any]]:
        return for_client(self.request, serialize_pools(self.workspace, rows, templates=self._templates))


class WorkPoolAccessView(AccessListView):
    noun = "work-pool"
    required_scopes = {"GET": scopes.SEE_WORK_POOLS, "PUT": scopes.MANAGE_WORK_POOLS}

    def find(self, level: str) -> WorkPool:
        return permitted_pool(self.access, self.user, self.kwargs["name"], level)


class WorkPoolsMyAccessView(MyAccessView):
    required_scopes = {"POST": scopes.SEE_WORK_POOLS}
    level_scopes = {VIEW: scopes.SEE_WORK_POOLS, RUN: scopes.SEE_WORK_QUEUES, MANAGE: scopes.MANAGE_WORK_POOLS}

    @describe("read_my_work_pool_access", body=schemas.WorkPoolsMyAccess, answers={200: AccessLevels})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.WorkPoolsMyAccess)
        named = Q(id__in=body.work_pool_ids) | Q(name__in=body.work_pool_names)
        return Answer(self.levels(WorkPool.objects.filter(named, workspace=self.workspace)))


def _row(view: WorkspaceView, pool: WorkPool) -> dict[str, Any]:
    """Return the answer for one pool."""
    (row,) = serialize_pools(view.workspace, WorkPool.objects.filter(workspace=view.workspace, id=pool.id))
    return for_client(view.request, [row])[0]
