"""The base of the endpoints of an account."""

from typing import ClassVar

from rest_framework.request import Request

from accounts.endpoints import KeyView
from accounts.models import Account
from core.db import tenants
from core.errors import NotFound
from core.rest.callers import client_address
from core.rest.errors import ApiError
from orgs.networks import REFUSED, allows_address
from orgs.queries import AccountAccess, account_access
from orgs.rate_limits import admit


class InAccountView(KeyView):
    """An endpoint of an account, for all who belong to it. Others get the same 404 as for a missing account."""

    account_access: AccountAccess

    @property
    def account(self) -> Account:
        return self.account_access.account

    @property
    def address(self) -> str:
        """Return the IP address of the caller."""
        return client_address(self.request)

    def authorize(self, request: Request) -> None:
        access = account_access(self.user, self.kwargs["account_id"])
        if access is None:
            raise NotFound
        enter_account(self, request, access.account)
        tenants.reach(access.account.id)
        self.account_access = access


class AccountView(InAccountView):
    """An endpoint of an account that needs a permission.

    `required_permissions` has the permission for each method. Methods without one are refused.
    """

    required_permissions: ClassVar[dict[str, str]] = {}

    def authorize(self, request: Request) -> None:
        super().authorize(request)
        method = (request.method or "").upper()
        if method not in self.required_permissions:
            raise ApiError(403, f"{type(self).__name__} declares no permission for {method}.")
        if not self.account_access.may(self.required_permissions[method]):
            raise ApiError(403, f"This needs the permission {self.required_permissions[method]} in the account.")


def enter_account(view: KeyView, request: Request, account: Account) -> None:
    """Count a request in an account that the caller belongs to.

    Raises `ApiError` 403 if the account does not allow the caller's network, and 429 if it reached a limit.
    """
    check_network(view, request, account)
    admit(view, request, account)


def check_network(view: KeyView, request: Request, account: Account) -> None:
    """Raise `ApiError` 403 if the account does not allow the caller's network."""
    if not allows_address(account, client_address(request), view.actor):
        raise ApiError(403, REFUSED)
