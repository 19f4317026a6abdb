"""Workspaces as things of their account (cloud-api.md 2.7): made, listed, changed, deleted."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from orgs.rest import AccountView
from rbac import scopes
from rbac.models import WorkspaceRole
from workspaces import account_schemas as schemas
from workspaces.models import Workspace
from workspaces.rest import ENTER, WorkspaceView
from workspaces.services import create_workspace, delete_workspace, update_settings, update_workspace
from workspaces.sharing import default_role, set_default_role, usable_role


class WorkspacesView(AccountView):
    required_permissions = {"POST": "create:workspace"}

    @describe("create_workspace", body=schemas.WorkspaceCreate, answers={201: schemas.Workspace})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Make a workspace. Its maker owns it."""
        body = self.body(schemas.WorkspaceCreate)
        workspace = create_workspace(
            self.account,
            name=body.name,
            handle=body.handle,
            description=body.description or "",
            owner=self.user,
            actor=self.actor,
        )
        return Answer(_workspace(workspace, None), status=201)


class WorkspacesFilterView(AccountView):
    required_permissions = {"POST": "read:workspace"}

    @describe("read_workspaces", body=schemas.WorkspacesBody, answers={200: list[schemas.Workspace]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """The account's workspaces that one may enter."""
        body = self.body(schemas.WorkspacesBody, optional=True)
        rows = Workspace.objects.open_to(self.user).filter(account=self.account).with_default_role()
        if body.workspaces is not None:
            rows = body.workspaces.of(rows)
        found = rows.order_by("created", "id")[body.window]
        return Answer([_workspace(workspace, workspace.default_role) for workspace in found])  # type: ignore[attr-defined]  # annotated


class AccountWorkspaceView(WorkspaceView):
    long_errors = False
    required_scopes = {
        "GET": ENTER,
        "PATCH": scopes.WRITE_WORKSPACE_SETTINGS,
        "DELETE": scopes.MANAGE_WORKSPACE_SETTINGS,
    }

    @describe("read_workspace", answers={200: schemas.Workspace})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """A workspace at its own address, for those who may enter it."""
        role = default_role(self.workspace)
        return Answer(_workspace(self.workspace, role and role.id))

    @describe("update_workspace", body=schemas.WorkspaceUpdate, answers={204: None})
    def patch(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Change what is neither missing nor null. The default role is taken away at its own address."""
        body = self.body(schemas.WorkspaceUpdate)
        update_workspace(
            self.workspace,
            name=body.name,
            handle=body.handle,
            description=body.description,
            default_role=self._role(body),
            within=self.access.scopes,
            actor=self.actor,
        )
        return NoContent()

    @describe("delete_workspace", answers={204: None})
    def delete(self, request: Request, **kwargs: Any) -> HttpResponse:
        """With everything in it."""
        if not delete_workspace(self.workspace, actor=self.actor):
            raise ApiError(404, "Not Found")
        return NoContent()

    def _role(self, body: schemas.WorkspaceUpdate) -> WorkspaceRole | None:
        if body.default_workspace_role_id is None:
            return None
        role = usable_role(self.workspace, body.default_workspace_role_id)
        if role is None:
            raise ApiError(422, "There is no such role in this account.")
        return role


class DefaultRoleView(WorkspaceView):
    """Ours alone: where a null means nothing, something else must say that there shall be none."""

    long_errors = False
    required_scopes = {"DELETE": scopes.WRITE_WORKSPACE_SETTINGS}

    @describe("clear_default_workspace_role", answers={204: None})
    def delete(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Nobody enters any more who was not let in."""
        set_default_role(self.workspace, None, within=self.access.scopes, actor=self.actor)
        return NoContent()


class SettingsView(WorkspaceView):
    long_errors = False
    required_scopes = {"GET": scopes.SEE_WORKSPACE_SETTINGS, "PATCH": scopes.WRITE_WORKSPACE_SETTINGS}

    @describe("read_workspace_settings", answers={200: schemas.Settings})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        return Answer({field: getattr(self.workspace, field) for field in schemas.Settings.model_fields})

    @describe("update_workspace_settings", body=schemas.SettingsUpdate, answers={204: None})
    def patch(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        body = self.body(schemas.SettingsUpdate)
        given = body.model_dump(exclude_unset=True)
        if given.get("inherit_default_result_storage", ...) is None:
            del given["inherit_default_result_storage"]
        update_settings(self.workspace, given, actor=self.actor)
        return NoContent()


_OWN = ("id", "created", "updated", "account_id", "name", "handle", "description")


def _workspace(workspace: Workspace, default_role_id: object) -> dict[str, object]:
    own = {field: getattr(workspace, field) for field in _OWN}
    return own | {"default_workspace_role_id": default_role_id, "is_public": False}
