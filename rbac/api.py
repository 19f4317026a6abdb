"""Endpoints that list the workspace scopes and the account permissions, for clients that let people choose them."""

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.endpoints import OwnView
from core.rest.descriptions import describe
from core.rest.responses import Answer
from core.rest.views import PublicView
from rbac import catalogue, permissions, schemas


class ScopesView(PublicView):
    @describe("read_workspace_scopes", answers={200: list[schemas.WorkspaceScope]})
    def get(self, request: Request) -> HttpResponse:
        """Return every workspace scope and the scopes that it includes."""
        return Answer(catalogue.SCOPES)


class PermissionsView(OwnView):
    @describe("read_account_permissions", answers={200: list[schemas.Permission]})
    def get(self, request: Request) -> HttpResponse:
        """Return every account permission."""
        return Answer(sorted(permissions.ALL))
