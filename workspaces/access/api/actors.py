"""All people and service accounts that may enter a workspace."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import User
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer
from rbac import scopes
from workspaces.access import grant_queries, schemas
from workspaces.access.api.base import AccessView


class ActorsView(AccessView):
    required_scopes = {"GET": scopes.SEE_WORKSPACE_USERS}

    @describe("read_workspace_actor_access", answers={200: list[schemas.Actor]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return all who may enter, for any reason. Also needs the scope see_workspace_service_accounts."""
        if not self.access.allows(scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS):
            raise ApiError(403, f"This needs the scope {scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS} in the workspace.")
        return Answer([_actor(user) for user in grant_queries.entering_actors(self.workspace)])


def _actor(user: User) -> dict[str, object]:
    email = user.email if user.is_person else None
    return {"id": user.id, "name": user.name, "email": email, "type": user.kind}
