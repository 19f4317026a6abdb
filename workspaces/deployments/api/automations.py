"""Endpoints about the automations of a deployment, which clients call although there are none yet."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer
from rbac import scopes
from workspaces.rest import WorkspaceView


class OwnedAutomationsView(WorkspaceView):
    required_scopes = {"DELETE": scopes.WRITE_DEPLOYMENTS}

    @describe("delete_automations_owned_by_resource", answers={202: None})
    def delete(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Accept the request, which clients send whenever they deploy. There are no automations yet."""
        return Answer(None, status=202)


class RelatedAutomationsView(WorkspaceView):
    required_scopes = {"GET": scopes.SEE_AUTOMATIONS}

    @describe("read_automations_related_to_resource", answers={200: list[dict[str, Any]]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """List the automations about a resource, for `prefect deployment inspect`. There are none yet."""
        return Answer([])
