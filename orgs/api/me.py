"""The account API of the accounts that one belongs to (cloud-api.md 2.1)."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Account
from accounts.rest.answers import Answer, NoContent
from accounts.rest.views import OwnView, describe
from orgs import plans
from orgs.queries import Belonging, accounts_of
from orgs.rest import InAccountView
from orgs.schemas import me as schemas
from orgs.services.members import leave_account
from rbac.schemas import ByPermission, Permission


class MyAccountsView(OwnView):
    @describe("read_my_accounts", answers={200: list[schemas.MyAccount]})
    def get(self, request: Request) -> HttpResponse:
        """One's personal account and the organizations that one belongs to."""
        return Answer([_organization(one) | _plan(one.account) for one in accounts_of(self.user)])


class MyOrganizationsView(OwnView):
    @describe("read_my_organizations", answers={200: list[schemas.MyOrganization]})
    def get(self, request: Request) -> HttpResponse:
        mine = accounts_of(self.user)
        return Answer([_organization(one) for one in mine if one.account.kind == Account.ORGANIZATION])


class MyAccountsWithPermissionView(OwnView):
    @describe("read_my_accounts_with_permission", answers={200: list[UUID]}, query=ByPermission)
    def get(self, request: Request) -> HttpResponse:
        """The ids of the accounts in which one holds a permission."""
        permission = self.query(ByPermission).permission
        return Answer([one.account.id for one in accounts_of(self.user) if permission in one.permissions])


class MyAccountView(InAccountView):
    @describe("leave_account", answers={204: None})
    def delete(self, request: Request, account_id: UUID) -> HttpResponse:
        """Leave an organization. Its last owner stays, and so does everybody in the personal account."""
        leave_account(self.mine.account, user=self.user, actor=self.actor)
        return NoContent()


class MyPermissionsView(InAccountView):
    @describe("read_my_account_permissions", answers={200: list[Permission]})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        return Answer(sorted(self.mine.permissions))


class MyPermissionView(InAccountView):
    @describe("check_my_account_permission", answers={200: bool}, query=ByPermission)
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        return Answer(self.query(ByPermission).permission in self.mine.permissions)


def _organization(one: Belonging) -> dict[str, object]:
    return {
        "account_membership_id": one.membership_id,
        "account_id": one.account.id,
        "account_name": one.account.name,
        "account_role_name": one.role,
        "account_handle": one.account.handle,
    }


def _plan(account: Account) -> dict[str, object]:
    return {"account_plan_type": account.kind, "account_plan_tier": None, "account_plan_features": plans.FEATURES}
