"""Restrictions that apply to all pages of an account: its allowed networks, and the maximum age of a sign-in.

A page of one account responds with `refusal`, unless it is None. A page about several accounts leaves out those in
`closed_accounts`, or says with `closed_reason` why it shows nothing of an account.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.models import Account, User
from accounts.pages import PersonRequest
from accounts.recent_sign_in import RECENT
from auditlog.actors import Actor
from core.pages.error_pages import error_page
from core.rest.callers import client_address
from orgs.networks import allows_address, blocks_address
from orgs.queries import restricted_accounts
from orgs.reauthentication import reauthentication_response, sign_in_is_too_old

NETWORK, SIGN_IN = "network", "sign-in"


def refusal(request: HttpRequest, account: Account, *, visitor: str = "") -> HttpResponse | None:
    """Return the response to give instead of a page of the account, or None if the caller may see the page.

    `visitor` is the name in the audit log of a caller who is not signed in. Only the network is checked for them.
    """
    user, address = request.user, client_address(request)
    actor = user.as_actor() if isinstance(user, User) else Actor("user", None, visitor)
    if not allows_address(account, address, actor):
        title = "This account is not open to your network"
        return error_page(request, 403, "403_network.html", title=title, address=address)
    return reauthentication_response(request, account, user) if isinstance(user, User) else None


def own_account_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Apply the restrictions of the user's personal account to a page that shows or changes it."""

    @wraps(view)
    def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        account: Account | None = getattr(request.user, "personal_account", None)
        if account is not None and (refused := refusal(request, account)) is not None:
            return refused
        return view(request, *args, **kwargs)

    return page


def key_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Require a recent sign-in on a page that creates an API key of a person.

    The key gives access to all accounts of the person and is never asked to sign in again. Otherwise a session whose
    sign-in is too old for one of the accounts could get access to it by a new key. A sign-in of the last ten minutes
    is always recent enough, so that no account can prevent its members from creating keys.
    """

    @wraps(view)
    def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            for account in restricted_accounts(request.user):
                if (asked := reauthentication_response(request, account, request.user, least=RECENT)) is not None:
                    return asked
        return view(request, *args, **kwargs)

    return page


def closed_reason(request: PersonRequest, account: Account) -> str:
    """Return why the caller may not see the account now: NETWORK, SIGN_IN, or the empty string if they may.

    Unlike `refusal` it writes no audit entry, because the caller requested a list and not this account.
    """
    if blocks_address(account, client_address(request)):
        return NETWORK
    return SIGN_IN if sign_in_is_too_old(request, account, request.user) else ""


def closed_accounts(request: PersonRequest) -> dict[UUID, str]:
    """Return the reasons of `closed_reason` by the id of the account, for those of the caller's accounts that have one.

    Runs one query.
    """
    accounts = restricted_accounts(request.user)
    return {account.id: reason for account in accounts if (reason := closed_reason(request, account))}
