"""The endpoint that creates the runs of a deployment's schedules at once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from core.errors import Invalid, NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer
from rbac import scopes
from rbac.access_lists import RUN
from workspaces.deployments.access import find_deployment
from workspaces.rest import WorkspaceView
from workspaces.scheduling import schemas
from workspaces.scheduling.scheduler import Bounds, default_bounds, schedule_deployment


class ScheduleDeploymentView(WorkspaceView):
    required_scopes = {"POST": scopes.RUN_DEPLOYMENTS}

    @describe("schedule_deployment", body=schemas.ScheduleDeployment, answers={200: None})
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Create runs of the active schedules, also for past dates. Nothing happens without such a deployment."""
        body = self.body(schemas.ScheduleDeployment, optional=True)
        try:
            deployment = find_deployment(self.access, self.user, id, RUN)
            schedule_deployment(self.workspace, deployment.id, _bounds(body))
        except NotFound:
            pass  # the Prefect server does not say so either
        except OverflowError:
            raise Invalid("The calendar ends before these times.") from None
        return Answer(None)


def _bounds(body: schemas.ScheduleDeployment) -> Bounds:
    start = body.start_time or timezone.now()
    default = default_bounds(start)
    return Bounds(
        start,
        body.end_time or default.end,
        default.min_time if body.min_time is None else timedelta(seconds=body.min_time),
        min_runs=default.min_runs if body.min_runs is None else body.min_runs,
        max_runs=default.max_runs if body.max_runs is None else body.max_runs,
    )
