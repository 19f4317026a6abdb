"""Roles of people."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.views import describe
from rbac import scopes
from rbac.models import Grant
from workspaces import access_schemas as schemas
from workspaces import accesses
from workspaces.access_api.base import AccessView, existing, shown, user_of


class UserAccessesView(AccessView):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_USERS}

    @describe(
        "upsert_workspace_user_access",
        body=schemas.UserAccesses,
        answers={200: schemas.UserAccess | list[schemas.UserAccess]},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Give people of the account roles here, in place of those they had: one, or several, all or none."""
        body = self.body(schemas.UserAccesses).root
        items = body if isinstance(body, list) else [body]
        people = accesses.people(self.workspace, [item.user_id for item in items], self.user)
        self.let_in([(people[item.user_id], item.workspace_role_id) for item in items])
        given = {grant.user_id: grant for grant in accesses.of_people(self.workspace).filter(user__in=people)}
        rows = [_user_access(given[item.user_id]) for item in items]
        return Answer(rows if isinstance(body, list) else rows[0])


class UserAccessFilterView(AccessView):
    required_scopes = {"POST": scopes.SEE_WORKSPACE_USERS}

    @describe("read_workspace_user_accesses", body=schemas.UserAccessesBody, answers={200: list[schemas.UserAccess]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Who holds a role of their own here. Owners and admins of the account need none."""
        body = self.body(schemas.UserAccessesBody, optional=True)
        return Answer([_user_access(grant) for grant in body.of(accesses.of_people(self.workspace))])


class UserAccessView(AccessView):
    required_scopes = {"GET": scopes.SEE_WORKSPACE_USERS, "DELETE": scopes.MANAGE_WORKSPACE_USERS}

    @describe("read_workspace_user_access", answers={200: schemas.UserAccess})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return Answer(_user_access(existing(accesses.of_people(self.workspace).filter(id=id).first())))

    @describe("delete_workspace_user_access", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """A collaborator whose last workspace it was leaves the account, too."""
        self.shut_out(user_of(existing(accesses.of_people(self.workspace).filter(id=id).first())))
        return NoContent()


def _user_access(grant: Grant) -> dict[str, object]:
    user = user_of(grant)
    named = {field: getattr(user, field) for field in ("first_name", "last_name", "email", "handle")}
    return shown(grant) | {"actor_id": user.id, "user_id": user.id} | named
