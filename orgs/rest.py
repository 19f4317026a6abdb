"""The base of every endpoint below an account."""

from typing import ClassVar

from rest_framework.request import Request

from accounts.models import Account
from accounts.rest.authentication import client_address
from accounts.rest.errors import ApiError
from accounts.rest.views import ApiView
from orgs.networks import REFUSED, lets_in
from orgs.queries import Belonging, belonging


class InAccountView(ApiView):
    """Below an account that the caller belongs to; any other does not exist."""

    mine: Belonging

    @property
    def account(self) -> Account:
        return self.mine.account

    @property
    def address(self) -> str:
        """Where the call comes from."""
        return client_address(self.request._request)

    def authorize(self, request: Request) -> None:
        mine = belonging(self.user, self.kwargs["account_id"])
        if mine is None:
            raise ApiError(404, "Not Found")
        if not lets_in(mine.account, client_address(request._request), self.actor):
            raise ApiError(403, REFUSED)
        self.mine = mine


class AccountView(InAccountView):
    """An endpoint of an account. `required_permissions` names that of each method; one left out is refused."""

    required_permissions: ClassVar[dict[str, str]] = {}

    def authorize(self, request: Request) -> None:
        super().authorize(request)
        method = (request.method or "").upper()
        if method not in self.required_permissions:
            raise ApiError(403, f"{type(self).__name__} declares no permission for {method}.")
        if not self.mine.may(self.required_permissions[method]):
            raise ApiError(403, f"This needs the permission {self.required_permissions[method]} in the account.")
