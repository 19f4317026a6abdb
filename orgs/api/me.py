"""Endpoints of the caller's own accounts (docs/contract/cloud-api.md, "The caller")."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.api import ProfileImageResetView, ProfileImageView
from accounts.endpoints import KeyView, OwnView
from accounts.models import Account
from core.rest.callers import client_address
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from orgs import plans
from orgs.networks import blocks_address
from orgs.queries import AccountAccess, accounts_of
from orgs.rest import InAccountView, check_network
from orgs.schemas import me as schemas
from orgs.services.members import leave_account
from rbac.schemas import ByPermission, Permission


class MyAccountsView(OwnView):
    @describe("read_my_accounts", answers={200: list[schemas.MyAccount]})
    def get(self, request: Request) -> HttpResponse:
        """List the caller's personal account and organizations, without those that block the caller's address."""
        accounts = _reachable(self)
        terms = plans.terms_of_all([access.account.id for access in accounts])
        return Answer([_organization(access) | _plan(access.account, terms[access.account.id]) for access in accounts])


class MyOrganizationsView(OwnView):
    @describe("read_my_organizations", answers={200: list[schemas.MyOrganization]})
    def get(self, request: Request) -> HttpResponse:
        accounts = _reachable(self)
        return Answer([_organization(access) for access in accounts if access.account.kind == Account.ORGANIZATION])


class MyAccountsWithPermissionView(OwnView):
    @describe("read_my_accounts_with_permission", answers={200: list[UUID]}, query=ByPermission)
    def get(self, request: Request) -> HttpResponse:
        """List the ids of the accounts in which the caller holds a permission."""
        permission = self.query(ByPermission).permission
        return Answer([access.account.id for access in _reachable(self) if permission in access.permissions])


class MyImageView(ProfileImageView):
    def authorize(self, request: Request) -> None:
        check_own_account(self)


class MyImageResetView(ProfileImageResetView):
    def authorize(self, request: Request) -> None:
        check_own_account(self)


class MyAccountView(InAccountView):
    @describe("leave_account", answers={204: None})
    def delete(self, request: Request, account_id: UUID) -> HttpResponse:
        """Leave an organization. Its last owner cannot leave it, and nobody can leave their personal account."""
        leave_account(self.account_access.account, user=self.user, actor=self.actor)
        return NoContent()


class MyPermissionsView(InAccountView):
    @describe("read_my_account_permissions", answers={200: list[Permission]})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        return Answer(sorted(self.account_access.permissions))


class MyPermissionView(InAccountView):
    @describe("check_my_account_permission", answers={200: bool}, query=ByPermission)
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        return Answer(self.query(ByPermission).permission in self.account_access.permissions)


def check_own_account(view: KeyView) -> None:
    """Raise `ApiError` 403 if the caller's personal account does not allow the caller's network."""
    account = Account.objects.filter(user=view.user).first()
    if account is not None:
        check_network(view, view.request, account)


def _reachable(view: KeyView) -> list[AccountAccess]:
    """Return the caller's accounts that allow the caller's network."""
    address = client_address(view.request)
    return [access for access in accounts_of(view.user) if not blocks_address(access.account, address)]


def _organization(access: AccountAccess) -> dict[str, object]:
    return {
        "account_membership_id": access.membership_id,
        "account_id": access.account.id,
        "account_name": access.account.name,
        "account_role_name": access.role,
        "account_handle": access.account.handle,
    }


def _plan(account: Account, terms: plans.AccountTerms) -> dict[str, object]:
    return {"account_plan_type": account.kind, "account_plan_tier": None, "account_plan_features": terms.features}
