"""The endpoint that switches the keys of runs of a work pool on and off. It is our own: Prefect has none."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from rbac.access_lists import MANAGE, VIEW
from workspaces.rest import WorkspaceView
from workspaces.work_pools import schemas
from workspaces.work_pools.access import permitted_pool
from workspaces.work_pools.services.pools import update_pool


class RunKeysView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_WORK_POOLS, "PUT": scopes.MANAGE_WORK_POOLS}

    @describe("read_work_pool_run_keys", answers={200: schemas.RunKeys})
    def get(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        return Answer({"enabled": permitted_pool(self.access, self.user, name, VIEW).run_keys})

    @describe("update_work_pool_run_keys", body=schemas.RunKeysUpdate, answers={204: None})
    def put(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        """Switch them on or off, for runs that workers get from now on."""
        body = self.body(schemas.RunKeysUpdate)
        update_pool(permitted_pool(self.access, self.user, name, MANAGE), {"run_keys": body.enabled}, actor=self.actor)
        return NoContent()
