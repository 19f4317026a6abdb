"""The account API of workspace roles: the built-in ones, and an account's own (cloud-api.md 2.7)."""

from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from orgs.rest import AccountView
from orgs.schemas import workspace_roles as schemas
from orgs.services.roles import create_role, delete_role, update_role
from rbac.models import WorkspaceRole, WorkspaceRoleQuerySet


class _RolesView(AccountView):
    def roles(self) -> WorkspaceRoleQuerySet:
        return WorkspaceRole.objects.usable_in(self.account).select_related("inherits")

    def role(self, id: UUID) -> WorkspaceRole:
        role = self.roles().filter(id=id).first()
        if role is None:
            raise ApiError(404, "Not Found")
        return role

    def base(self, id: UUID | None) -> WorkspaceRole | None:
        """The role that one shall inherit."""
        role = self.roles().filter(id=id).first() if id else None
        if id and role is None:
            raise ApiError(422, "There is no such role to inherit.")
        return role


class RolesView(_RolesView):
    required_permissions = {"POST": "create:workspace_role"}

    @describe("create_workspace_role", body=schemas.WorkspaceRoleCreate, answers={201: schemas.WorkspaceRole})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Scopes of its own, with those that they bring along, and perhaps those of a built-in role."""
        body = self.body(schemas.WorkspaceRoleCreate)
        role = create_role(
            self.account,
            name=body.name,
            description=body.description,
            scopes=body.scopes or [],
            inherits=self.base(body.inherited_role_id),
            actor=self.actor,
        )
        return Answer(_role(role), status=201)


class RolesFilterView(_RolesView):
    required_permissions = {"POST": "read:workspace_role"}

    @describe("read_workspace_roles", body=schemas.WorkspaceRolesBody, answers={200: list[schemas.WorkspaceRole]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """The built-in roles first, which are of no account, then the account's own by name."""
        body = self.body(schemas.WorkspaceRolesBody, optional=True)
        rows, wanted = self.roles(), body.workspace_roles or schemas.WorkspaceRoleFilter()
        if wanted.name is not None:
            rows = rows.filter(wanted.name.q("name"))
        if wanted.is_global is not None:
            rows = rows.filter(account__isnull=wanted.is_global)
        return Answer([_role(role) for role in rows.order_by(*_BUILT_IN_FIRST)[body.window]])


class RoleView(_RolesView):
    required_permissions = {
        "GET": "read:workspace_role",
        "PATCH": "update:workspace_role",
        "DELETE": "delete:workspace_role",
    }

    @describe("read_workspace_role", answers={200: schemas.WorkspaceRole})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return Answer(_role(self.role(id)))

    @describe("update_workspace_role", body=schemas.WorkspaceRoleUpdate, answers={204: None})
    def patch(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Change what is given, and with it what all holders may do. Built-in roles stay as they are (409)."""
        role, body = self.role(id), self.body(schemas.WorkspaceRoleUpdate)
        given = body.model_fields_set
        update_role(
            role,
            name=body.name,
            description=body.description,
            scopes=(body.scopes or []) if "scopes" in given else None,
            inherits=self.base(body.inherited_role_id) if "inherited_role_id" in given else ...,
            actor=self.actor,
        )
        return NoContent()

    @describe("delete_workspace_role", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Not while somebody holds it or is invited to it (409)."""
        delete_role(self.role(id), actor=self.actor)
        return NoContent()


_BUILT_IN_FIRST = (F("account").asc(nulls_first=True), "name", "id")


def _role(role: WorkspaceRole) -> dict[str, object]:
    """Its own scopes; those of the role that it inherits are that one's, and may change with it."""
    scopes = sorted(role.all_scopes if role.is_built_in else role.scopes)
    own = {field: getattr(role, field) for field in ("id", "created", "updated", "account_id", "name", "description")}
    return own | {"permissions": scopes, "scopes": scopes, "inherited_role_id": role.inherits_id}
