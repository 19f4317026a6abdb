"""The endpoint that branches a deployment: it copies it for a branch of the code. Prefect Cloud alone has it."""

import re
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer
from rbac import scopes
from rbac.access_lists import VIEW
from workspaces.deployments import schemas
from workspaces.deployments.access import find_pool
from workspaces.deployments.api.base import OneDeploymentView, named_pool
from workspaces.deployments.models import Deployment
from workspaces.deployments.serialization import serialize_deployments
from workspaces.deployments.services.copies import copy_deployment
from workspaces.deployments.services.deployments import update_deployment
from workspaces.variables.hydration import check_may_hydrate

_NOT_IN_NAMES = re.compile(r"[/%&><]+")


class BranchView(OneDeploymentView):
    required_scopes = {"POST": scopes.WRITE_DEPLOYMENTS}

    @describe("branch_from_deployment", body=schemas.DeploymentBranch, answers={200: schemas.Deployment})
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Create a deployment `<name>-<branch>` with the fields of this one and those in `overrides`."""
        body = self.body(schemas.DeploymentBranch)
        source = self.find(VIEW)
        check_may_hydrate(self.access, source.parameters)
        queue = source.work_queue
        pool = find_pool(self.access, self.user, queue.work_pool.name) if queue and queue.work_pool else None
        overrides = body.overrides
        other_pool = None
        if overrides is not None:
            check_may_hydrate(self.access, overrides.parameters)
            other_pool = named_pool(self, overrides.work_pool_name, overrides.work_queue_name)
        name = f"{source.name}-{_NOT_IN_NAMES.sub('-', body.branch)}"
        with transaction.atomic():
            copy = copy_deployment(
                source, name=name, schedules=body.options.schedule_handling, pool=pool, actor=self.actor
            )
            if overrides is not None:
                update_deployment(copy, overrides, pool=other_pool, actor=self.actor)
        return Answer(serialize_deployments(self.workspace, Deployment.objects.filter(id=copy.id))[0])
