"""The account API of the caller's workspaces (docs/contract/cloud-api.md, "The caller")."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.api import ProfileView
from accounts.endpoints import KeyView, OwnView
from core.errors import NotFound
from core.rest.callers import client_address
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from orgs.api.me import check_own_account
from orgs.networks import blocks_address
from orgs.rest import enter_account
from rbac.schemas import ByScope
from workspaces.access.sharing import leave_workspace
from workspaces.directory import me_schemas
from workspaces.directory.deletion import delete_person
from workspaces.models import Workspace
from workspaces.scoping import Access, enter


class MyWorkspacesView(OwnView):
    @describe("read_my_workspaces", answers={200: list[me_schemas.MyWorkspace]})
    def get(self, request: Request) -> HttpResponse:
        """Return the workspaces that the caller may enter, without accounts that the caller's network may not reach."""
        address = client_address(request)
        workspaces = (
            Workspace.objects.open_to(self.user).select_related("account").order_by("account__handle", "handle")
        )
        return Answer(
            [_serialize(workspace) for workspace in workspaces if not blocks_address(workspace.account, address)]
        )


class InMyWorkspaceView(KeyView):
    """Base of the endpoints of a workspace that the caller may enter; any other is not found."""

    access: Access

    def authorize(self, request: Request) -> None:
        access = enter(self.user, self.kwargs["workspace_id"])
        if access is None:
            raise NotFound
        enter_account(self, request, access.workspace.account)
        self.access = access


class MyWorkspaceView(InMyWorkspaceView):
    @describe("leave_workspace", answers={204: None})
    def delete(self, request: Request, workspace_id: UUID) -> HttpResponse:
        """Give up the caller's direct role in a workspace. Returns 409 if their access has another source."""
        leave_workspace(self.access.workspace, user=self.user, actor=self.actor)
        return NoContent()


class MyScopesView(InMyWorkspaceView):
    @describe("read_my_workspace_scopes", answers={200: list[str]})
    def get(self, request: Request, workspace_id: UUID) -> HttpResponse:
        return Answer(sorted(self.access.scopes))


class MyScopeView(InMyWorkspaceView):
    @describe("check_my_workspace_scope", answers={200: bool}, query=ByScope)
    def get(self, request: Request, workspace_id: UUID) -> HttpResponse:
        return Answer(self.access.allows(self.query(ByScope).scope))


class FindWorkspaceView(InMyWorkspaceView):
    @describe("find_workspace", answers={307: None})
    def get(self, request: Request, workspace_id: UUID) -> HttpResponse:
        """Redirect to the address below the account."""
        workspace = self.access.workspace
        location = f"/api/accounts/{workspace.account_id}/workspaces/{workspace.id}"
        return HttpResponse(status=307, headers={"Location": location})


class UserView(ProfileView):
    """The profile, and deleting the user. Changes require that the caller meets the restrictions of their account."""

    def authorize(self, request: Request) -> None:
        super().authorize(request)
        if request.method != "GET":
            check_own_account(self)

    @describe("delete_user", answers={204: None})
    def delete(self, request: Request, id: UUID) -> HttpResponse:
        """Delete the user, their keys, and their personal account with its workspaces.

        Not possible for the last owner of an organization (409).
        """
        delete_person(self.user, actor=self.actor)
        return NoContent()


def _serialize(workspace: Workspace) -> dict[str, object]:
    return {
        "account_id": workspace.account.id,
        "account_name": workspace.account.name,
        "account_handle": workspace.account.handle,
        "workspace_id": workspace.id,
        "workspace_name": workspace.name,
        "workspace_description": workspace.description,
        "workspace_handle": workspace.handle,
    }
