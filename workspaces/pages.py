"""The base of a workspace's pages: checks of sign-in, workspace and scope, and the navigation."""

from collections.abc import Callable
from functools import cache, update_wrapper
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import Account, User
from accounts.pages import signed_in
from core.db import tenants
from core.errors import NotFound
from core.pages.error_pages import error_page
from core.pages.navigation import Link, Section, current_section, open_sections
from orgs.account_restrictions import refusal
from orgs.missing_permissions import MissingPermission, scope_granters
from rbac import scopes
from rbac.permission_phrases import scope_phrase
from workspaces.addresses import was_in
from workspaces.models import Workspace
from workspaces.scoping import Access, enter

P = ParamSpec("P")
LAST_WORKSPACE = "bailiwick_workspace"  # the cookie with the workspace that the home page opens
_YEAR = 365 * 24 * 3600
ENTER = ""  # in place of a scope: a page for everybody who may enter the workspace


class WorkspaceRequest(HttpRequest):
    """The request that `workspace_page` passes to a view. The user is signed in and may enter the workspace."""

    user: User
    access: Access
    workspace: Workspace


Page = Callable[Concatenate[WorkspaceRequest, P], HttpResponseBase]


def workspace_page(scope: str) -> Callable[[Page[P]], Callable[..., HttpResponseBase]]:
    """Return a decorator for pages of a workspace, which requires `scope` in the workspace of the URL.

    It responds with 404 if the workspace does not exist or the user may not enter it, with the response of
    `orgs.account_restrictions.refusal` if the account is restricted, and with a 403 page that explains the scope if the
    user does not hold it. The view gets `request.access` and `request.workspace` in place of the arguments
    `account_id` and `workspace_id`. `NotFound` raised by the view becomes a 404.
    """

    def decorate(view: Page[P]) -> Callable[..., HttpResponseBase]:
        def page(request: Any, account_id: UUID, workspace_id: UUID, *args: Any, **kwargs: Any) -> HttpResponseBase:
            access = enter(request.user, workspace_id, account_id)
            if access is None:
                return _redirect_after_transfer(request, account_id, workspace_id)
            if (refused := refusal(request, access.workspace.account)) is not None:
                return refused
            tenants.reach(workspace_id, account_id)
            request.access, request.workspace = access, access.workspace
            if scope != ENTER and not access.allows(scope):
                return scope_refusal(request, access, scope)
            try:
                response = view(request, *args, **kwargs)
            except NotFound as error:
                raise Http404 from error
            if request.COOKIES.get(LAST_WORKSPACE) != str(workspace_id) and "X-Poll" not in request.headers:
                response.set_cookie(LAST_WORKSPACE, str(workspace_id), max_age=_YEAR, samesite="Lax", httponly=True)
            return response

        update_wrapper(page, view)
        guarded = signed_in(page)
        guarded.required_scope = scope  # type: ignore[attr-defined]  # read by tests
        return guarded

    return decorate


def _redirect_after_transfer(request: HttpRequest, account_id: UUID, workspace_id: UUID) -> HttpResponse:
    """Redirect the address of a workspace that belonged to this account before to the present one.

    The redirect is not permanent, because the workspace may return. Raises `Http404` for everything else.
    """
    access = enter(request.user, workspace_id) if isinstance(request.user, User) else None
    if access is None or access.workspace.account_id == account_id or not was_in(workspace_id, account_id):
        raise Http404
    address = request.get_full_path().replace(str(account_id), str(access.workspace.account_id), 1)
    return redirect(address, preserve_request=request.method not in ("GET", "HEAD"))


SECTIONS = (
    Section("dashboard", "Dashboard", "layout-dashboard", scopes.SEE_FLOWS, ("dashboard",)),
    Section("runs", "Runs", "git-commit-horizontal", scopes.SEE_FLOWS, ("runs", "flow-run", "task-run")),
    Section("flows", "Flows", "workflow", scopes.SEE_FLOWS, ("flows", "flow")),
    Section("deployments", "Deployments", "rocket", scopes.SEE_DEPLOYMENTS, ("deployment",)),
    Section("work-pools", "Work pools", "server", scopes.SEE_WORK_POOLS, ("work-pool",)),
    Section("variables", "Variables", "variable", scopes.SEE_VARIABLES, ("variable",), "Configuration"),
    Section("sharing", "Sharing", "users", scopes.SEE_WORKSPACE_USERS, ("sharing",), "Workspace", Account.ORGANIZATION),
    Section(
        "collaborators",
        "Collaborators",
        "users",
        scopes.SEE_WORKSPACE_USERS,
        ("collaborators", "sharing"),
        "Workspace",
        Account.PERSONAL,
    ),
    Section("settings", "Settings", "settings", scopes.SEE_WORKSPACE_SETTINGS, ("settings",), "Workspace"),
)


def sections_of(access: Access) -> list[Section]:
    """Return the sections of the navigation that the user may open."""
    return open_sections(SECTIONS, access.scopes, access.workspace.account.kind)


def entry_url(access: Access, wanted: str = "") -> str:
    """Return the URL of the section `wanted` or, if the user may not open it, of the first one that they may open.

    If they may open none, return the URL of a page that says so.
    """
    sections = sections_of(access)
    section = next((section for section in sections if section.name == wanted), None) or next(iter(sections), None)
    return address(access.workspace, section.name if section else "home")


def address(workspace: Workspace, name: str, *args: object) -> str:
    """Return the URL of a workspace's page. `name` is the URL name without its namespace."""
    ids = (workspace.account_id, workspace.id, *args)
    if not all(isinstance(each, UUID) for each in ids):
        return reverse(f"workspace:{name}", args=ids)
    return _url_with_places(name, len(ids)).format(*ids)


@cache
def _url_with_places(name: str, ids: int) -> str:
    """Return the URL of a page with `{0}`, `{1}` ... in place of its ids, because lists contain hundreds of URLs."""
    places = [UUID(int=number) for number in range(ids)]
    url = reverse(f"workspace:{name}", args=places)
    for number, place in enumerate(places):
        url = url.replace(str(place), f"{{{number}}}")
    return url


def scope_refusal(request: HttpRequest, access: Access, scope: str) -> HttpResponse:
    """Return the 403 page for somebody in the workspace who lacks the scope."""
    workspace = access.workspace
    missing = MissingPermission(
        name=scope,
        phrase=scope_phrase(scope),
        place=workspace.full_handle,
        granters=scope_granters(request, workspace.account),
        people=address(workspace, "sharing") if access.allows(scopes.SEE_WORKSPACE_USERS) else "",
    )
    return error_page(request, 403, missing=missing)


def workspace_context(request: HttpRequest) -> dict[str, object]:
    """Add the workspace of the page, if any, and its navigation to the context of all templates.

    This is a context processor. The navigation is a function, so that it costs nothing unless a template shows it.
    """
    access: Access | None = getattr(request, "access", None)
    if access is None:
        return {}
    workspace, sections = access.workspace, sections_of(access)
    current = current_section(sections, request)

    def navigation() -> list[Link]:
        return [Link(section, address(workspace, section.name), section is current) for section in sections]

    return {
        "access": access,
        "workspace": workspace,
        "navigation": navigation,
        "section": current,
        "entry_url": entry_url(access),
    }
