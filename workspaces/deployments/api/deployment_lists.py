"""Endpoints for many deployments: filter, count, paginate, delete, and the caller's access."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer
from rbac import scopes
from rbac.access_lists import MANAGE, RUN, VIEW
from workspaces import shapes
from workspaces.access_list_views import AccessLevels, MyAccessView
from workspaces.access_lists import visible_rows
from workspaces.deployments import schemas
from workspaces.deployments.access import GOVERNED_BY
from workspaces.deployments.models import Deployment
from workspaces.deployments.serialization import serialize_deployments
from workspaces.deployments.services.deployments import delete_deployment
from workspaces.list_views import NAME_ORDERS, BulkDeleteView, CountView, ListView, NounView, Orders, PaginateView
from workspaces.shapes import Filter, Values

# Flows can have deployments of the same name.
_ORDERS: Orders = {**NAME_ORDERS, "NAME_ASC": ("name", "id"), "NAME_DESC": ("-name", "-id")}


class DeploymentLists(NounView):
    noun, model, orders, row_shape = "deployments", Deployment, _ORDERS, schemas.Deployment
    required_scopes = {"POST": scopes.SEE_DEPLOYMENTS}
    level = VIEW

    def filtered_rows(self, body: Filter) -> QuerySet[Any]:
        return visible_rows(super().filtered_rows(body), self.access, self.user, self.level, governed_by=GOVERNED_BY)

    def serialize(self, rows: QuerySet[Deployment]) -> list[dict[str, Any]]:
        return serialize_deployments(self.workspace, rows)


class DeploymentsFilterView(DeploymentLists, ListView):
    operation, body_shape = "read_deployments", schemas.DeploymentsFilter


class DeploymentsCountView(DeploymentLists, CountView):
    operation = "count_deployments"


class DeploymentsPaginateView(DeploymentLists, PaginateView):
    operation = "paginate_deployments"
    body_shape, page_shape = schemas.DeploymentsPaginate, schemas.DeploymentPage


class DeploymentsBulkDeleteView(DeploymentLists, BulkDeleteView):
    """Delete up to `limit` of the matching deployments. Those that the caller may not delete are left out."""

    operation = "bulk_delete_deployments"
    required_scopes = {"POST": scopes.MANAGE_DEPLOYMENTS}
    deletion_order = "name"
    level = MANAGE

    def delete_row(self, row: Deployment) -> bool:
        try:
            delete_deployment(row, actor=self.actor)
        except NotFound:
            return False
        return True


class MyAccess(shapes.Request):
    deployment_ids: Values[UUID]


class MyDeploymentAccessView(MyAccessView):
    required_scopes = {"POST": scopes.SEE_DEPLOYMENTS}
    level_scopes = {VIEW: scopes.SEE_DEPLOYMENTS, RUN: scopes.RUN_DEPLOYMENTS, MANAGE: scopes.WRITE_DEPLOYMENTS}
    governed_by = GOVERNED_BY

    @describe("read_actors_deployment_access", body=MyAccess, answers={200: AccessLevels})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return what the caller may do with each of the deployments. Those that they may not view are left out."""
        ids = self.body(MyAccess).deployment_ids
        levels = self.levels(Deployment.objects.filter(workspace=self.workspace, id__in=ids))
        return Answer({str(deployment_id): names for deployment_id, names in levels.items()})
