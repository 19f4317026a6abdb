"""The vocabularies of rights, for whoever offers a choice of them."""

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer
from accounts.rest.views import OwnView, PublicView, describe
from rbac import catalogue, permissions, schemas


class ScopesView(PublicView):
    @describe("read_workspace_scopes", answers={200: list[schemas.WorkspaceScope]})
    def get(self, request: Request) -> HttpResponse:
        """Every scope of a workspace, and which others it includes."""
        return Answer(catalogue.SCOPES)


class PermissionsView(OwnView):
    @describe("read_account_permissions", answers={200: list[schemas.Permission]})
    def get(self, request: Request) -> HttpResponse:
        """Every permission of an account."""
        return Answer(sorted(permissions.ALL))
