"""The account API to read an account's plan and usage, and to delete an organization with its workspaces."""

from dataclasses import asdict
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from orgs.api.accounts import AccountDetailView
from orgs.models.plans import FEATURES
from orgs.plans import NOT_ENFORCED, limits_of, terms_of
from orgs.rest import AccountView
from rbac import permissions
from workspaces.directory.deletion import delete_organization
from workspaces.directory.usage import count_in_workspaces, usage_of
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


class LimitUsage(BaseModel):
    name: str
    used: int
    limit: int | None
    reached: bool
    exceeded: bool
    enforced: bool


class RetentionDays(BaseModel):
    runs: int | None
    events: int | None
    logs: int | None
    artifacts: int | None
    audit: int | None


class PlanFeature(BaseModel):
    name: str
    included: bool
    enforced: bool


class AccountPlan(BaseModel):
    name: str
    description: str | None
    limits: list[LimitUsage]
    requests_per_minute: int | None
    lines_per_minute: int | None
    retention_days: RetentionDays
    features: list[PlanFeature]


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
        rows = Workspace.objects.open_to(self.user).filter(account=self.account).order_by("name", "id")
        workspaces = list(rows.values_list("id", "name"))
        deployments, pools = count_in_workspaces([workspace for workspace, _ in workspaces])
        return Answer([_usage(id, name, deployments[id], pools[id]) for id, name in workspaces])


class PlanView(AccountView):
    required_permissions = {"GET": permissions.READ_BILLING}

    @describe("read_account_plan", answers={200: AccountPlan})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """Return the account's plan: what is used of each limit, the rates, the days of retention and the features.

        Only this site has this operation. Null is no limit, and for days for ever. Limits and features that are not
        `enforced` are of what this site does not have yet.
        """
        terms, rates = terms_of(self.account), limits_of(self.account)
        return Answer(
            {
                "name": terms.plan.name,
                "description": terms.plan.description or None,
                "limits": [
                    {field: getattr(row, field) for field in LimitUsage.model_fields}
                    for row in usage_of(self.account, terms)
                ],
                "requests_per_minute": rates.requests or None,
                "lines_per_minute": rates.lines or None,
                "retention_days": asdict(terms.retention),
                "features": [
                    {"name": name, "included": terms.allows(name), "enforced": name not in NOT_ENFORCED}
                    for name in FEATURES
                ],
            }
        )


def _usage(id: UUID, name: str, deployments: int, pools: int) -> dict[str, object]:
    zeros = {"automations": 0, "managed_work_pools": 0, "mex_compute": 0}
    counted = {"deployments": deployments, "work_pools": pools, "non_managed_work_pools": pools}
    return {"id": id, "name": name} | zeros | counted
