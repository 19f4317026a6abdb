"""Endpoints for one deployment: create, read, update, delete, pause, resume, disable and enable it."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import Described, describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from rbac.access_lists import MANAGE, VIEW
from workspaces.access_lists import permitted_row
from workspaces.deployments import schemas
from workspaces.deployments.access import GOVERNED_BY, NOT_FOUND, visible_deployments
from workspaces.deployments.api.base import OneDeploymentView, named_pool
from workspaces.deployments.models import Deployment
from workspaces.deployments.serialization import serialize_deployments
from workspaces.deployments.services import deployments as services
from workspaces.deployments.services.schedules import set_schedules_active
from workspaces.rest import WorkspaceView
from workspaces.run_keys.bounds import own_deployment
from workspaces.variables.hydration import check_may_hydrate


class DeploymentsView(WorkspaceView):
    required_scopes = {"POST": scopes.WRITE_DEPLOYMENTS}

    @describe(
        "create_deployment",
        body=schemas.DeploymentCreate,
        answers={201: schemas.Deployment, 200: schemas.Deployment},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Create a deployment, or update the one of the flow with this name."""
        body = self.body(schemas.DeploymentCreate)
        check_may_hydrate(self.access, body.parameters)
        pool = named_pool(self, body.work_pool_name, body.work_queue_name)
        existing = self._existing(body)
        try:
            deployment, created = services.create_or_update_deployment(
                self.workspace, body, pool=pool, existing=existing, actor=self.actor
            )
        except IntegrityError:
            # Another request created it meanwhile.
            if existing is not None or (existing := self._existing(body)) is None:
                raise
            deployment, created = services.create_or_update_deployment(
                self.workspace, body, pool=pool, existing=existing, actor=self.actor
            )
        rows = serialize_deployments(self.workspace, Deployment.objects.filter(id=deployment.id))
        return Answer(rows[0], status=201 if created else 200)

    def _existing(self, body: schemas.DeploymentCreate) -> Deployment | None:
        """Return the deployment that the request updates. Raises `NotFound` and `Forbidden` by its access list."""
        rows = Deployment.objects.filter(workspace=self.workspace, flow=body.flow_id, name=body.name)
        if not rows.exists():
            return None
        return permitted_row(rows, self.access, self.user, MANAGE, missing=NOT_FOUND, governed_by=GOVERNED_BY)


class DeploymentView(OneDeploymentView):
    required_scopes = {
        "GET": scopes.SEE_DEPLOYMENTS,
        "PATCH": scopes.WRITE_DEPLOYMENTS,
        "DELETE": scopes.MANAGE_DEPLOYMENTS,
    }
    run_keys = {"GET": own_deployment}

    @describe("read_deployment", answers={200: schemas.Deployment})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        rows = visible_deployments(self.access, self.user, VIEW).filter(id=id)
        return _deployment_answer(serialize_deployments(self.workspace, rows))

    @describe("update_deployment", body=schemas.DeploymentUpdate, answers={204: None})
    def patch(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.DeploymentUpdate)
        deployment = self.find(MANAGE, missing="Deployment not found.")
        check_may_hydrate(self.access, body.parameters)
        pool = named_pool(self, body.work_pool_name, body.work_queue_name)
        services.update_deployment(deployment, body, pool=pool, actor=self.actor)
        return NoContent()

    @describe("delete_deployment", answers={204: None})
    def delete(self, request: Request, **kwargs: Any) -> HttpResponse:
        services.delete_deployment(self.find(MANAGE), actor=self.actor)
        return NoContent()


class DeploymentByNameView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_DEPLOYMENTS}

    @describe("read_deployment_by_name", answers={200: schemas.Deployment})
    def get(self, request: Request, flow_name: str, deployment_name: str, **kwargs: Any) -> HttpResponse:
        rows = visible_deployments(self.access, self.user, VIEW)
        rows = rows.filter(flow__workspace=self.workspace, flow__name=flow_name, name=deployment_name)
        return _deployment_answer(serialize_deployments(self.workspace, rows))


class _SwitchView(OneDeploymentView):
    """Change one thing about a deployment, and answer null."""

    operation: ClassVar[str]
    required_scopes = {"POST": scopes.WRITE_DEPLOYMENTS}

    @classmethod
    def described(cls, method: str) -> Described | None:
        return Described(cls.operation, None, {200: None})

    def switch(self, deployment: Deployment) -> None:
        raise NotImplementedError

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        self.switch(self.find(MANAGE))
        return Answer(None)


class PauseView(_SwitchView):
    """Pause a deployment: its schedules create no runs, and those that they have created are removed."""

    operation = "pause_deployment"

    def switch(self, deployment: Deployment) -> None:
        services.set_paused(deployment, True, actor=self.actor)


class ResumeView(_SwitchView):
    operation = "resume_deployment"

    def switch(self, deployment: Deployment) -> None:
        services.set_paused(deployment, False, actor=self.actor)


class DisableView(_SwitchView):
    """Disable a deployment: no run of it can be created."""

    operation = "disable_deployment"

    def switch(self, deployment: Deployment) -> None:
        services.set_disabled(deployment, True, actor=self.actor)


class EnableView(_SwitchView):
    operation = "enable_deployment"

    def switch(self, deployment: Deployment) -> None:
        services.set_disabled(deployment, False, actor=self.actor)


class SchedulesActiveView(_SwitchView):
    """Activate all schedules of a deployment."""

    operation = "set_schedule_active"

    def switch(self, deployment: Deployment) -> None:
        set_schedules_active(deployment, True, actor=self.actor)


class SchedulesInactiveView(_SwitchView):
    operation = "set_schedule_inactive"

    def switch(self, deployment: Deployment) -> None:
        set_schedules_active(deployment, False, actor=self.actor)


def _deployment_answer(rows: list[dict[str, Any]]) -> HttpResponse:
    if not rows:
        raise NotFound(NOT_FOUND)
    return Answer(rows[0])
