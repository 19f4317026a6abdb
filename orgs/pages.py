"""The base of an account's pages: checks of sign-in, membership and permission, and the navigation."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from accounts.models import Account, User
from accounts.pages import signed_in
from core.db import tenants
from core.pages.navigation import Link, Section, current_section, open_sections
from orgs.account_restrictions import refusal
from orgs.missing_permissions import permission_refusal
from orgs.queries import AccountAccess, account_access
from rbac import permissions

P = ParamSpec("P")


class AccountRequest(HttpRequest):
    """The request that `account_page` passes to a view. The user is signed in and belongs to the account."""

    user: User
    account_access: AccountAccess
    account: Account


Page = Callable[Concatenate[AccountRequest, P], HttpResponseBase]


def account_page(permission: str) -> Callable[[Page[P]], Callable[..., HttpResponseBase]]:
    """Return a decorator for pages of an account, which requires `permission` in the account of the URL.

    It responds with 404 if the account does not exist or the user does not belong to it, with the response of
    `orgs.account_restrictions.refusal` if the account is restricted, and with a 403 page that explains the permission
    if the user does not hold it. The view gets `request.account_access` and `request.account` in place of the argument
    `account_id`.
    """

    def decorate(view: Page[P]) -> Callable[..., HttpResponseBase]:
        def page(request: Any, account_id: UUID, *args: Any, **kwargs: Any) -> HttpResponseBase:
            access = account_access(request.user, account_id)
            if access is None:
                raise Http404
            if (refused := refusal(request, access.account)) is not None:
                return refused
            request.account_access, request.account = access, access.account
            if not access.may(permission):
                return permission_refusal(request, access.account, permission, people=_member_list(access))
            tenants.reach(account_id)
            return view(request, *args, **kwargs)

        update_wrapper(page, view)
        guarded = signed_in(page)
        guarded.required_permission = permission  # type: ignore[attr-defined]  # read by tests
        return guarded

    return decorate


SECTIONS = (
    Section("overview", "Overview", "building-2", permissions.READ_ACCOUNT, ("overview", "edit", "leave")),
    Section("workspaces", "Workspaces", "boxes", permissions.READ_WORKSPACE, ("workspaces", "trash")),
    Section("transfers", "Transfers", "arrow-left-right", permissions.CREATE_WORKSPACE, ("transfer",)),
    Section("members", "Members", "users", permissions.READ_ACCOUNT_MEMBERSHIP, ("members", "member", "invitation")),
    Section("teams", "Teams", "users-round", permissions.READ_TEAM, ("team",), kind=Account.ORGANIZATION),
    Section("service-accounts", "Service accounts", "bot", permissions.READ_BOT, ("service-account",)),
    Section("roles", "Roles", "shield-check", permissions.READ_WORKSPACE_ROLE, ("role",)),
    Section("network", "Network access", "network", permissions.READ_IP_ALLOWLIST, ("network",)),
    Section("usage", "Plan and usage", "gauge", permissions.READ_BILLING, ("usage",)),
    Section("retention", "Retention", "hourglass", permissions.UPDATE_ACCOUNT, ("retention",)),
    Section("audit-log", "Audit log", "scroll-text", permissions.READ_AUDIT_EVENT, ("audit-log",)),
    Section(
        "settings",
        "Settings",
        "settings",
        permissions.UPDATE_ACCOUNT,
        ("settings", "delete"),
        kind=Account.ORGANIZATION,
    ),
)


def account_address(account: Account | UUID, name: str, *args: object) -> str:
    """Return the URL of an account's page. `name` is the URL name without its namespace."""
    return reverse(f"account:{name}", args=[account.id if isinstance(account, Account) else account, *args])


def usage_address(request: HttpRequest) -> str:
    """Return the URL of the plan of the page's account, or an empty text if the user may not see it."""
    access: AccountAccess | None = getattr(request, "account_access", None)
    return account_address(access.account, "usage") if access and access.may(permissions.READ_BILLING) else ""


def _member_list(access: AccountAccess) -> str:
    """Return the URL of the account's members, or an empty text if the user may not see them."""
    return account_address(access.account, "members") if access.may(permissions.READ_ACCOUNT_MEMBERSHIP) else ""


def account_context(request: HttpRequest) -> dict[str, object]:
    """Add the account of the page, if any, and its navigation to the context of all templates.

    This is a context processor. The navigation is a function, so that it costs nothing unless a template shows it.
    """
    access: AccountAccess | None = getattr(request, "account_access", None)
    if access is None:
        return {}

    def navigation() -> list[Link]:
        sections = open_sections(SECTIONS, access.permissions, access.account.kind)
        current = current_section(sections, request)
        return [
            Link(section, account_address(access.account, section.name), section is current) for section in sections
        ]

    return {"account_access": access, "account": access.account, "account_navigation": navigation}
