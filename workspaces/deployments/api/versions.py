"""Endpoints for the versions of a deployment."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from rbac.access_lists import MANAGE, VIEW
from workspaces.deployments import schemas
from workspaces.deployments.access import check_pool_of_version
from workspaces.deployments.api.base import OneDeploymentView
from workspaces.deployments.models import Deployment, DeploymentVersion
from workspaces.deployments.serialization import serialize_versions
from workspaces.deployments.services.versions import NOT_FOUND, delete_version, promote_version
from workspaces.filters.paging import numbered_page


class VersionsPaginateView(OneDeploymentView):
    required_scopes = {"POST": scopes.SEE_DEPLOYMENTS}

    @describe("paginate_deployment_versions", body=schemas.VersionsPaginate, answers={200: schemas.VersionPage})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """List the versions, newest first."""
        body = self.body(schemas.VersionsPaginate, optional=True)
        rows, page_info = numbered_page(_versions_of(self.find(VIEW)).order_by("-id"), body)
        return Answer({"results": serialize_versions(rows), **page_info})


class VersionView(OneDeploymentView):
    required_scopes = {"GET": scopes.SEE_DEPLOYMENTS, "DELETE": scopes.MANAGE_DEPLOYMENTS}

    @describe("read_deployment_version", answers={200: schemas.DeploymentVersion})
    def get(self, request: Request, version_id: UUID, **kwargs: Any) -> HttpResponse:
        rows = serialize_versions(_versions_of(self.find(VIEW)).filter(id=version_id))
        if not rows:
            raise NotFound(NOT_FOUND)
        return Answer(rows[0])

    @describe("delete_deployment_version", answers={204: None})
    def delete(self, request: Request, version_id: UUID, **kwargs: Any) -> HttpResponse:
        deployment = self.find(MANAGE)
        delete_version(deployment, _find_version(deployment, version_id), actor=self.actor)
        return NoContent()


class PromoteView(OneDeploymentView):
    required_scopes = {"POST": scopes.MANAGE_DEPLOYMENTS}

    @describe("promote_deployment_version", body=schemas.Promote, answers={200: bool})
    def post(self, request: Request, version_id: UUID, **kwargs: Any) -> HttpResponse:
        """Make the deployment what it was as of this version."""
        body = self.body(schemas.Promote, optional=True)
        deployment = self.find(MANAGE)
        version = _find_version(deployment, version_id)
        check_pool_of_version(self.access, self.user, deployment, version)
        promote_version(deployment, version, reason=body.reason, actor=self.actor)
        return Answer(True)


def _versions_of(deployment: Deployment) -> QuerySet[DeploymentVersion]:
    return DeploymentVersion.objects.filter(workspace=deployment.workspace_id, deployment=deployment)


def _find_version(deployment: Deployment, version_id: UUID) -> DeploymentVersion:
    version = _versions_of(deployment).filter(id=version_id).first()
    if version is None:
        raise NotFound(NOT_FOUND)
    return version
