"""The account API of what an account has in its workspaces: what it uses, and its end with all of them."""

from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.views import describe
from orgs.api.accounts import AccountDetailView
from orgs.rest import AccountView
from workspaces.models import Workspace
from workspaces.people import delete_organization


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
    """The account, and its end, which takes the workspaces along."""

    required_permissions = {**AccountDetailView.required_permissions, "DELETE": "delete:account"}

    @describe("delete_account", answers={204: None})
    def delete(self, request: Request, account_id: UUID) -> HttpResponse:
        """Also removes workspaces, teams, service accounts and roles. A personal account goes with its person (409)."""
        delete_organization(self.account, actor=self.actor)
        return NoContent()


class UsageView(AccountView):
    required_permissions = {"GET": "read:account"}

    @describe("read_account_usage", answers={200: list[WorkspaceUsage]})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """Of each workspace that one may enter. What this site does not have yet counts as none."""
        mine = Workspace.objects.open_to(self.user).filter(account=self.account).order_by("name", "id")
        none = dict.fromkeys((field for field in WorkspaceUsage.model_fields if field not in ("id", "name")), 0)
        return Answer([{"id": one.id, "name": one.name} | none for one in mine])
