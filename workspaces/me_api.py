"""The account API of one person's workspaces (cloud-api.md 2.1)."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.api import ProfileView
from accounts.rest.answers import Answer, NoContent
from accounts.rest.authentication import client_address
from accounts.rest.errors import ApiError
from accounts.rest.views import ApiView, OwnView, describe
from orgs.networks import REFUSED, lets_in
from rbac.schemas import ByScope
from workspaces import me_schemas
from workspaces.models import Workspace
from workspaces.people import delete_person
from workspaces.scoping import Access, enter
from workspaces.sharing import leave_workspace


class MyWorkspacesView(OwnView):
    @describe("read_my_workspaces", answers={200: list[me_schemas.MyWorkspace]})
    def get(self, request: Request) -> HttpResponse:
        """Every workspace that one may enter, in all accounts."""
        mine = Workspace.objects.open_to(self.user).select_related("account")
        return Answer([_mine(workspace) for workspace in mine.order_by("account__handle", "handle")])


class InMyWorkspaceView(ApiView):
    """Below a workspace that the caller may enter; any other does not exist."""

    access: Access

    def authorize(self, request: Request) -> None:
        access = enter(self.user, self.kwargs["workspace_id"])
        if access is None:
            raise ApiError(404, "Not Found")
        if not lets_in(access.workspace.account, client_address(request._request), self.actor):
            raise ApiError(403, REFUSED)
        self.access = access


class MyWorkspaceView(InMyWorkspaceView):
    @describe("leave_workspace", answers={204: None})
    def delete(self, request: Request, workspace_id: UUID) -> HttpResponse:
        """Give up one's own role in a workspace. Who is there by another way has none (409)."""
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
        """Redirects to the address below the account."""
        workspace = self.access.workspace
        place = f"/api/accounts/{workspace.account_id}/workspaces/{workspace.id}"
        return HttpResponse(status=307, headers={"Location": place})


class UserView(ProfileView):
    """The profile, and the way out, which takes the person's workspaces along."""

    @describe("delete_user", answers={204: None})
    def delete(self, request: Request, id: UUID) -> HttpResponse:
        """Also removes the keys, the personal account and its workspaces; not while an organization needs its owner."""
        delete_person(self.user, actor=self.actor)
        return NoContent()


def _mine(workspace: Workspace) -> dict[str, object]:
    return {
        "account_id": workspace.account.id,
        "account_name": workspace.account.name,
        "account_handle": workspace.account.handle,
        "workspace_id": workspace.id,
        "workspace_name": workspace.name,
        "workspace_description": workspace.description,
        "workspace_handle": workspace.handle,
    }
