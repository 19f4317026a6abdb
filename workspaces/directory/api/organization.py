"""The account API to read an account's usage and to delete an organization with its workspaces."""

from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from orgs.api.accounts import AccountDetailView
from orgs.rest import AccountView
from rbac import permissions
from workspaces.directory.deletion import delete_organization
from workspaces.models import Workspace


class WorkspaceUsage(BaseModel):
    id: UUID
    name: str
    automations: int
    deployments: int
    work_pools: int
    managed_work_pools: int
    non_managed_work_pools: int
    mex_compute: int


class WholeAccountView(AccountDetailView):
    """The endpoints of one account, with deletion, which includes workspaces."""

    required_permissions = {**AccountDetailView.required_permissions, "DELETE": permissions.DELETE_ACCOUNT}

    @describe("delete_account", answers={204: None})
    def delete(self, request: Request, account_id: UUID) -> HttpResponse:
        """Delete an organization with its workspaces, teams, service accounts and roles. Owners can restore it.

        A personal account is deleted with its person (409).
        """
        delete_organization(self.account, actor=self.actor)
        return NoContent()


class UsageView(AccountView):
    required_permissions = {"GET": permissions.READ_ACCOUNT}

    @describe("read_account_usage", answers={200: list[WorkspaceUsage]})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """Return the usage of each workspace that the caller may enter. Features that this site lacks count as 0."""
        workspaces = Workspace.objects.open_to(self.user).filter(account=self.account).order_by("name", "id")
        zeros = dict.fromkeys((field for field in WorkspaceUsage.model_fields if field not in ("id", "name")), 0)
        return Answer([{"id": workspace.id, "name": workspace.name} | zeros for workspace in workspaces])
