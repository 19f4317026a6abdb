"""Endpoints for the schedules of a deployment."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from rbac.access_lists import MANAGE, VIEW
from workspaces.deployments import schemas
from workspaces.deployments.api.base import OneDeploymentView
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.deployments.schemas.schedules import NewSchedules
from workspaces.deployments.serialization import serialize_schedules
from workspaces.deployments.services.schedules import NOT_FOUND, add_schedules, delete_schedule, update_schedule

DEPLOYMENT_NOT_FOUND = "Deployment not found."


class SchedulesView(OneDeploymentView):
    required_scopes = {"GET": scopes.SEE_DEPLOYMENTS, "POST": scopes.WRITE_DEPLOYMENTS}

    @describe("read_deployment_schedules", answers={200: list[schemas.DeploymentSchedule]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """List the schedules, those that were updated last first."""
        deployment = self.find(VIEW, missing=DEPLOYMENT_NOT_FOUND)
        return Answer(serialize_schedules(_schedules_of(deployment)))

    @describe("create_deployment_schedules", body=NewSchedules, answers={201: list[schemas.DeploymentSchedule]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Add schedules to those that the deployment has."""
        bodies = self.body(NewSchedules)
        rows = add_schedules(self.find(MANAGE, missing=DEPLOYMENT_NOT_FOUND), bodies, actor=self.actor)
        fields = schemas.DeploymentSchedule.FIELDS
        return Answer([{field: getattr(row, field) for field in fields} for row in rows], status=201)


class ScheduleView(OneDeploymentView):
    required_scopes = {"PATCH": scopes.WRITE_DEPLOYMENTS, "DELETE": scopes.WRITE_DEPLOYMENTS}

    @describe("update_deployment_schedule", body=schemas.DeploymentScheduleUpdate, answers={204: None})
    def patch(self, request: Request, schedule_id: UUID, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.DeploymentScheduleUpdate)
        deployment, schedule = self._find_both(schedule_id)
        update_schedule(deployment, schedule, body, actor=self.actor)
        return NoContent()

    @describe("delete_deployment_schedule", answers={204: None})
    def delete(self, request: Request, schedule_id: UUID, **kwargs: Any) -> HttpResponse:
        deployment, schedule = self._find_both(schedule_id)
        delete_schedule(deployment, schedule, actor=self.actor)
        return NoContent()

    def _find_both(self, schedule_id: UUID) -> tuple[Deployment, DeploymentSchedule]:
        deployment = self.find(MANAGE, missing=DEPLOYMENT_NOT_FOUND)
        schedule = _schedules_of(deployment).filter(id=schedule_id).first()
        if schedule is None:
            raise NotFound(NOT_FOUND)
        return deployment, schedule


def _schedules_of(deployment: Deployment) -> Any:
    return DeploymentSchedule.objects.filter(workspace=deployment.workspace_id, deployment=deployment)
