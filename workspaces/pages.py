"""The one door to a workspace's pages: sign-in, the tenant, the scope; and what the frame around each page shows."""

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
from orgs.reauthentication import asked_again
from rbac import scopes
from workspaces.models import Workspace
from workspaces.scoping import Access, enter

P = ParamSpec("P")
LAST_WORKSPACE = "bailiwick_workspace"  # the cookie that takes people back to where they were
_YEAR = 365 * 24 * 3600
ENTER = ""  # in place of a scope: for everybody who may enter


class WorkspaceRequest(HttpRequest):
    """A request as a workspace's page gets it: somebody signed in who has entered."""

    user: User
    access: Access
    workspace: Workspace


Page = Callable[Concatenate[WorkspaceRequest, P], HttpResponseBase]


def workspace_page(scope: str) -> Callable[[Page[P]], Callable[..., HttpResponseBase]]:
    """Open the page to those who hold `scope` in the workspace that the address names.

    A stranger, a wrong id and a missing workspace get the same 404; who is inside without the scope reads which one
    is missing. The view no longer gets `account_id` and `workspace_id`.
    """

    def decorate(view: Page[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def page(
            request: Any, account_id: UUID, workspace_id: UUID, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            access = enter(request.user, workspace_id, account_id)
            if access is None:
                raise Http404
            if not lets_in(access.workspace.account, client_address(request), request.user.as_actor()):
                return render(request, "403_network.html", {"address": client_address(request)}, status=403)
            if (again := asked_again(request, access.workspace.account, request.user)) is not None:
                return again
            request.access, request.workspace = access, access.workspace
            if scope != ENTER and not access.allows(scope):
                return render(request, "403.html", {"scope": scope}, status=403)
            response = view(request, *args, **kwargs)
            if not response.has_header("Cache-Control"):  # nothing of a tenant comes back after sign-out
                add_never_cache_headers(response)
            if request.COOKIES.get(LAST_WORKSPACE) != str(workspace_id) and "X-Poll" not in request.headers:
                response.set_cookie(LAST_WORKSPACE, str(workspace_id), max_age=_YEAR, samesite="Lax", httponly=True)
            return response

        page.required_scope = scope  # type: ignore[attr-defined]  # read by tests of doors
        return page

    return decorate


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the side navigation. It is the current one on pages whose url name begins with one of `names`."""

    name: str
    label: str
    icon: str
    scope: str
    names: tuple[str, ...]
    group: str = ""
    kind: str = ""  # of the account, for an entry that only such an account's workspaces have


SECTIONS = (
    Section("dashboard", "Dashboard", "layout-dashboard", scopes.SEE_FLOWS, ("dashboard",)),
    Section("runs", "Runs", "git-commit-horizontal", scopes.SEE_FLOWS, ("runs", "flow-run", "task-run")),
    Section("flows", "Flows", "workflow", scopes.SEE_FLOWS, ("flows", "flow")),
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


@dataclass(frozen=True, slots=True)
class Link:
    section: Section
    address: str
    current: bool


def open_sections(access: Access) -> list[Section]:
    """The entries of the navigation that somebody may open."""
    kind = access.workspace.account.kind
    return [section for section in SECTIONS if access.allows(section.scope) and section.kind in ("", kind)]


def landing(access: Access, wanted: str = "") -> str:
    """The page to enter by: the section wanted if it is open, else the first one that is, else what says so."""
    sections = open_sections(access)
    found = next((section for section in sections if section.name == wanted), None) or next(iter(sections), None)
    return address(access.workspace, found.name if found else "home")


def current_section(request: HttpRequest) -> Section | None:
    name = (request.resolver_match.url_name or "") if request.resolver_match else ""
    # "flow" begins "flow-run" too: the longest name that fits decides.
    access: Access | None = getattr(request, "access", None)
    sections = open_sections(access) if access else SECTIONS
    fits = [(len(start), section) for section in sections for start in section.names if name.startswith(start)]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def address(workspace: Workspace, name: str, *args: object) -> str:
    """The address of one of the workspace's pages, by url name."""
    return reverse(f"workspace:{name}", args=[workspace.account_id, workspace.id, *args])


def frame(request: HttpRequest) -> dict[str, object]:
    """Context of every template: the workspace entered, if any, and its navigation, worked out when it is shown."""
    access: Access | None = getattr(request, "access", None)
    if access is None:
        return {}
    workspace, current = access.workspace, current_section(request)

    def navigation() -> list[Link]:
        return [
            Link(section, address(workspace, section.name), section is current) for section in open_sections(access)
        ]

    return {
        "access": access,
        "workspace": workspace,
        "navigation": navigation,
        "section": current,
        "entrance": landing(access),
    }
