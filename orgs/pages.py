"""The one door to an account's pages: sign-in, the account, the permission; and the frame around each page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from accounts.models import Account, User
from accounts.rest.authentication import client_address
from orgs.networks import lets_in
from orgs.queries import Belonging, belonging
from orgs.reauthentication import asked_again

P = ParamSpec("P")


class AccountRequest(HttpRequest):
    """A request as an account's page gets it: somebody signed in who belongs to the account."""

    user: User
    mine: Belonging
    account: Account


Page = Callable[Concatenate[AccountRequest, P], HttpResponseBase]


def account_page(permission: str) -> Callable[[Page[P]], Callable[..., HttpResponseBase]]:
    """Open the page to those who hold `permission` in the account that the address names.

    A stranger, a wrong id and a missing account get the same 404; who belongs to it without the permission reads which
    one is missing. The view no longer gets `account_id`.
    """

    def decorate(view: Page[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def page(request: Any, account_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            mine = belonging(request.user, account_id)
            if mine is None:
                raise Http404
            if not lets_in(mine.account, client_address(request), request.user.as_actor()):
                return render(request, "403_network.html", {"address": client_address(request)}, status=403)
            if (again := asked_again(request, mine.account, request.user)) is not None:
                return again
            request.mine, request.account = mine, mine.account
            if not mine.may(permission):
                return render(request, "403.html", {"permission": permission}, status=403)
            response = view(request, *args, **kwargs)
            if not response.has_header("Cache-Control"):
                add_never_cache_headers(response)
            return response

        page.required_permission = permission  # type: ignore[attr-defined]  # read by tests of doors
        return page

    return decorate


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of an account's navigation. It is the current one on pages whose url name begins with one of `names`."""

    name: str
    label: str
    icon: str
    permission: str
    names: tuple[str, ...]
    in_personal: bool = True  # whether a personal account has it, too


SECTIONS = (
    Section("overview", "Overview", "building-2", "read:account", ("overview", "edit", "leave")),
    Section("workspaces", "Workspaces", "boxes", "read:workspace", ("workspaces",)),
    Section("members", "Members", "users", "read:account_membership", ("members", "member", "invitation")),
    Section("teams", "Teams", "users-round", "read:team", ("team",), in_personal=False),
    Section("service-accounts", "Service accounts", "bot", "read:bot", ("service-account",)),
    Section("roles", "Roles", "shield-check", "read:workspace_role", ("role",)),
    Section("network", "Network access", "network", "read:ip_allowlist", ("network",)),
    Section("settings", "Settings", "settings", "update:account", ("settings", "delete")),
)


@dataclass(frozen=True, slots=True)
class Link:
    section: Section
    address: str
    current: bool


def account_address(account: Account | UUID, name: str, *args: object) -> str:
    """The address of one of the account's pages, by url name."""
    return reverse(f"account:{name}", args=[account.id if isinstance(account, Account) else account, *args])


def account_frame(request: HttpRequest) -> dict[str, object]:
    """Context of every template: the account entered, if any, and its navigation, worked out when it is shown."""
    mine: Belonging | None = getattr(request, "mine", None)
    if mine is None:
        return {}
    name = (request.resolver_match.url_name or "") if request.resolver_match else ""

    def navigation() -> list[Link]:
        return [
            Link(section, account_address(mine.account, section.name), name.startswith(section.names))
            for section in SECTIONS
            if mine.may(section.permission) and (section.in_personal or mine.account.kind == Account.ORGANIZATION)
        ]

    return {"mine": mine, "account": mine.account, "account_navigation": navigation}
