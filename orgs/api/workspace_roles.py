"""Endpoints of workspace roles: the built-in ones, and an account's own.

See docs/contract/cloud-api.md, "Workspaces and workspace roles".
"""

from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer, NoContent
from orgs.rest import AccountView
from orgs.schemas import workspace_roles as schemas
from orgs.services.roles import create_role, delete_role, update_role
from rbac import permissions
from rbac.models import WorkspaceRole, WorkspaceRoleQuerySet


class _RolesView(AccountView):
    def roles(self) -> WorkspaceRoleQuerySet:
        return WorkspaceRole.objects.usable_in(self.account).select_related("inherits")

    def role(self, id: UUID) -> WorkspaceRole:
        role = self.roles().filter(id=id).first()
        if role is None:
            raise NotFound
        return role

    def inherited_role(self, id: UUID | None) -> WorkspaceRole | None:
        """Return the role to inherit. Raises `ApiError` 422 if there is no role with this id."""
        role = self.roles().filter(id=id).first() if id else None
        if id and role is None:
            raise ApiError(422, "There is no such role to inherit.")
        return role


class RolesView(_RolesView):
    required_permissions = {"POST": permissions.CREATE_WORKSPACE_ROLE}

    @describe("create_workspace_role", body=schemas.WorkspaceRoleCreate, answers={201: schemas.WorkspaceRole})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Create a role with scopes, all that they include, and optionally those of a built-in role."""
        body = self.body(schemas.WorkspaceRoleCreate)
        role = create_role(
            self.account,
            name=body.name,
            description=body.description,
            scopes=body.scopes or [],
            inherits=self.inherited_role(body.inherited_role_id),
            actor=self.actor,
        )
        return Answer(_role(role), status=201)


class RolesFilterView(_RolesView):
    required_permissions = {"POST": permissions.READ_WORKSPACE_ROLE}

    @describe("read_workspace_roles", body=schemas.WorkspaceRolesBody, answers={200: list[schemas.WorkspaceRole]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """List the built-in roles, which belong to no account, and then the account's own by name."""
        body = self.body(schemas.WorkspaceRolesBody, optional=True)
        rows, wanted = self.roles(), body.workspace_roles or schemas.WorkspaceRoleFilter()
        if wanted.name is not None:
            rows = rows.filter(wanted.name.q("name"))
        if wanted.is_global is not None:
            rows = rows.filter(account__isnull=wanted.is_global)
        return Answer([_role(role) for role in rows.order_by(*_BUILT_IN_FIRST)[body.window]])


class RoleView(_RolesView):
    required_permissions = {
        "GET": permissions.READ_WORKSPACE_ROLE,
        "PATCH": permissions.UPDATE_WORKSPACE_ROLE,
        "DELETE": permissions.DELETE_WORKSPACE_ROLE,
    }

    @describe("read_workspace_role", answers={200: schemas.WorkspaceRole})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return Answer(_role(self.role(id)))

    @describe("update_workspace_role", body=schemas.WorkspaceRoleUpdate, answers={204: None})
    def patch(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Change the given fields, and with them what all holders may do. Built-in roles cannot be changed (409)."""
        role, body = self.role(id), self.body(schemas.WorkspaceRoleUpdate)
        sent = body.model_fields_set
        update_role(
            role,
            name=body.name,
            description=body.description,
            scopes=(body.scopes or []) if "scopes" in sent else None,
            inherits=self.inherited_role(body.inherited_role_id) if "inherited_role_id" in sent else ...,
            actor=self.actor,
        )
        return NoContent()

    @describe("delete_workspace_role", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Delete a role. This is refused while somebody holds it or is invited with it (409)."""
        delete_role(self.role(id), actor=self.actor)
        return NoContent()


_BUILT_IN_FIRST = (F("account").asc(nulls_first=True), "name", "id")


def _role(role: WorkspaceRole) -> dict[str, object]:
    """Return a role in the form of the API, with its own scopes but without the inherited ones."""
    scopes = sorted(role.all_scopes if role.is_built_in else role.scopes)
    fields = ("id", "created", "updated", "account_id", "name", "description")
    values = {field: getattr(role, field) for field in fields}
    return values | {"permissions": scopes, "scopes": scopes, "inherited_role_id": role.inherits_id}
