"""Roles of people in a workspace."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from rbac.models import Grant
from workspaces.access import filters, grant_queries, schemas
from workspaces.access.api.base import AccessView, common_fields, granted_user, require_grant


class UserAccessesView(AccessView):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_USERS}

    @describe(
        "upsert_workspace_user_access",
        body=schemas.UserAccesses,
        answers={200: schemas.UserAccess | list[schemas.UserAccess]},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Grant people of the account roles, in place of those they had. Several are granted all or none."""
        body = self.body(schemas.UserAccesses).root
        items = body if isinstance(body, list) else [body]
        people = grant_queries.find_people(self.workspace, [item.user_id for item in items], self.user)
        self.grant_roles([(people[item.user_id], item.workspace_role_id) for item in items])
        grants = grant_queries.user_grants(self.workspace).filter(user__in=people)
        by_user = {grant.user_id: grant for grant in grants}
        rows = [_user_access(by_user[item.user_id]) for item in items]
        return Answer(rows if isinstance(body, list) else rows[0])


class UserAccessFilterView(AccessView):
    required_scopes = {"POST": scopes.SEE_WORKSPACE_USERS}

    @describe("read_workspace_user_accesses", body=filters.UserAccessesBody, answers={200: list[schemas.UserAccess]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the people with a direct role. Owners and admins of the account need none."""
        body = self.body(filters.UserAccessesBody, optional=True)
        return Answer([_user_access(grant) for grant in body.apply(grant_queries.user_grants(self.workspace))])


class UserAccessView(AccessView):
    required_scopes = {"GET": scopes.SEE_WORKSPACE_USERS, "DELETE": scopes.MANAGE_WORKSPACE_USERS}

    @describe("read_workspace_user_access", answers={200: schemas.UserAccess})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return Answer(_user_access(self._grant(id)))

    @describe("delete_workspace_user_access", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Revoke a role. A collaborator with no other workspace in the account leaves the account, too."""
        self.revoke_role(granted_user(self._grant(id)))
        return NoContent()

    def _grant(self, id: UUID) -> Grant:
        return require_grant(grant_queries.user_grants(self.workspace).filter(id=id).first())


def _user_access(grant: Grant) -> dict[str, object]:
    user = granted_user(grant)
    profile = {field: getattr(user, field) for field in ("first_name", "last_name", "email", "handle")}
    return common_fields(grant) | {"actor_id": user.id, "user_id": user.id} | profile
