"""Everybody who may enter."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import User
from accounts.rest.answers import Answer
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from rbac import scopes
from workspaces import access_schemas as schemas
from workspaces import accesses
from workspaces.access_api.base import AccessView


class ActorsView(AccessView):
    required_scopes = {"GET": scopes.SEE_WORKSPACE_USERS}

    @describe("read_workspace_actor_access", answers={200: list[schemas.Actor]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Everybody who may enter, however. Needs see_workspace_service_accounts, too."""
        if not self.access.allows(scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS):
            raise ApiError(403, f"This needs the scope {scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS} in the workspace.")
        return Answer([_actor(user) for user in accesses.actors(self.workspace)])


def _actor(user: User) -> dict[str, object]:
    email = user.email if user.is_person else None
    return {"id": user.id, "name": user.name, "email": email, "type": user.kind}
