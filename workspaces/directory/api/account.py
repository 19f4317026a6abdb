"""The account API to create, list, change and delete workspaces.

See docs/contract/cloud-api.md, "Workspaces and workspace roles".
"""

from types import EllipsisType
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from orgs.rest import AccountView
from rbac import permissions, scopes
from rbac.models import WorkspaceRole
from rbac.role_choices import usable_role
from workspaces.access.default_roles import default_role, set_default_role
from workspaces.directory import schemas
from workspaces.directory.services import create_workspace, delete_workspace, update_settings, update_workspace
from workspaces.models import Workspace
from workspaces.rest import ENTER, WorkspaceView


class WorkspacesView(AccountView):
    required_permissions = {"POST": permissions.CREATE_WORKSPACE}

    @describe("create_workspace", body=schemas.WorkspaceCreate, answers={201: schemas.Workspace})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Create a workspace. The caller becomes its owner."""
        body = self.body(schemas.WorkspaceCreate)
        workspace = create_workspace(
            self.account,
            name=body.name,
            handle=body.handle,
            description=body.description or "",
            owner=self.user,
            actor=self.actor,
        )
        return Answer(_serialize(workspace, None), status=201)


class WorkspacesFilterView(AccountView):
    required_permissions = {"POST": permissions.READ_WORKSPACE}

    @describe("read_workspaces", body=schemas.WorkspacesBody, answers={200: list[schemas.Workspace]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the account's workspaces that the caller may enter."""
        body = self.body(schemas.WorkspacesBody, optional=True)
        rows = Workspace.objects.open_to(self.user).filter(account=self.account).with_default_role()
        if body.workspaces is not None:
            rows = body.workspaces.apply(rows)
        page = rows.order_by("created", "id")[body.window]
        return Answer([_serialize(workspace, workspace.default_role) for workspace in page])  # type: ignore[attr-defined]  # annotated


class AccountWorkspaceView(WorkspaceView):
    """A workspace as an object of its account. It is part of the account API, whose errors are short."""

    long_errors = False
    required_scopes = {
        "GET": ENTER,
        "PATCH": scopes.WRITE_WORKSPACE_SETTINGS,
        "DELETE": scopes.MANAGE_WORKSPACE_SETTINGS,
    }

    @describe("read_workspace", answers={200: schemas.Workspace})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return a workspace that the caller may enter."""
        role = default_role(self.workspace)
        return Answer(_serialize(self.workspace, role.id if role else None))

    @describe("update_workspace", body=schemas.WorkspaceUpdate, answers={204: None})
    def patch(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Change the fields that are neither missing nor null. Another endpoint clears the default role."""
        body = self.body(schemas.WorkspaceUpdate)
        update_workspace(
            self.workspace,
            name=body.name,
            handle=body.handle,
            description=body.description,
            default_role=self._default_role(body),
            granter_scopes=self.access.scopes,
            actor=self.actor,
        )
        return NoContent()

    @describe("delete_workspace", answers={204: None})
    def delete(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Delete a workspace with everything in it. It can be restored from the trash for some days."""
        if not delete_workspace(self.workspace, actor=self.actor):
            raise NotFound
        return NoContent()

    def _default_role(self, body: schemas.WorkspaceUpdate) -> WorkspaceRole | EllipsisType:
        """Return the requested default role, or an ellipsis to leave it unchanged."""
        if body.default_workspace_role_id is None:
            return ...
        return usable_role(self.workspace.account, body.default_workspace_role_id)


class DefaultRoleView(WorkspaceView):
    """Clears the default role. Prefect Cloud has no such endpoint, and PATCH ignores a null role."""

    long_errors = False
    required_scopes = {"DELETE": scopes.WRITE_WORKSPACE_SETTINGS}

    @describe("clear_default_workspace_role", answers={204: None})
    def delete(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Clear the default role: only those with other access may still enter."""
        set_default_role(self.workspace, None, granter_scopes=self.access.scopes, actor=self.actor)
        return NoContent()


class SettingsView(WorkspaceView):
    long_errors = False
    required_scopes = {"GET": scopes.SEE_WORKSPACE_SETTINGS, "PATCH": scopes.WRITE_WORKSPACE_SETTINGS}

    @describe("read_workspace_settings", answers={200: schemas.Settings})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer({field: getattr(self.workspace, field) for field in schemas.Settings.model_fields})

    @describe("update_workspace_settings", body=schemas.SettingsUpdate, answers={204: None})
    def patch(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Change the given fields. Null leaves `inherit_default_result_storage` unchanged, and clears other fields."""
        settings = self.body(schemas.SettingsUpdate).model_dump(exclude_unset=True)
        if settings.get("inherit_default_result_storage", False) is None:
            del settings["inherit_default_result_storage"]
        update_settings(self.workspace, settings, actor=self.actor)
        return NoContent()


_FIELDS = ("id", "created", "updated", "account_id", "name", "handle", "description")


def _serialize(workspace: Workspace, default_role_id: UUID | None) -> dict[str, object]:
    fields = {field: getattr(workspace, field) for field in _FIELDS}
    return fields | {"default_workspace_role_id": default_role_id, "is_public": False}
