"""The home address, the first steps, and addresses with handles."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.pages import PersonRequest, signed_in
from accounts.services.handles import account_by_handle
from orgs.account_restrictions import NETWORK, closed_accounts, refusal
from orgs.pages import account_address
from orgs.queries import account_access, accounts_of
from rbac import permissions
from workspaces.addresses import formerly
from workspaces.client_setup import FIRST_FLOW, commands
from workspaces.directory.first_steps import first_steps
from workspaces.directory.pages.create import create_form, open_owners
from workspaces.directory.pages.operator import has_no_workspaces, operator_page
from workspaces.models import Workspace, WorkspaceQuerySet
from workspaces.pages import LAST_WORKSPACE, address, entry_url
from workspaces.scoping import enter


@signed_in
@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """Redirect to the workspace visited last, else to the only one, else to the list of workspaces.

    A person without workspaces is redirected to their organization if others have to grant them access, else to the
    first steps.
    """
    closed = closed_accounts(request)
    elsewhere = [account for account, reason in closed.items() if reason == NETWORK]
    workspaces = list(_open_workspaces(request, elsewhere).order_by("id")[:100])
    last_id = request.COOKIES.get(LAST_WORKSPACE)
    last = next((workspace for workspace in workspaces if str(workspace.id) == last_id), None)
    if last is None and len(workspaces) == 1:
        last = workspaces[0]
    if last is not None:  # in a closed account, the page of the workspace asks for the password
        return redirect(address(last, "home") if last.account_id in closed else _first_page(request, last))
    if workspaces or elsewhere:  # the list says why it shows nothing of a closed account
        return redirect("workspaces")
    return redirect(_waiting_address(request) or "welcome")


def _open_workspaces(request: PersonRequest, closed: Collection[UUID]) -> WorkspaceQuerySet:
    return Workspace.objects.open_to(request.user).exclude(account__in=closed)


def _waiting_address(request: PersonRequest) -> str:
    """Return the overview of an organization in which others have to grant the person access to a workspace."""
    organizations = (access for access in accounts_of(request.user) if access.account.kind == Account.ORGANIZATION)
    waiting = next((access for access in organizations if not access.may(permissions.CREATE_WORKSPACE)), None)
    return account_address(waiting.account, "overview") if waiting else ""


def _first_page(request: PersonRequest, workspace: Workspace) -> str:
    """Return the address of a page of the workspace that the person may open."""
    access = enter(request.user, workspace.id)
    return entry_url(access) if access else address(workspace, "home")


@signed_in
@require_safe
def welcome(request: PersonRequest) -> HttpResponse:
    """Guide a person from an empty account to the first run. The steps are checked off while the page is open."""
    if has_no_workspaces(request):
        return operator_page(request)
    steps = first_steps(request, closed_accounts(request))
    context: dict[str, Any] = {
        "steps": steps,
        "commands": commands(steps.workspace) if steps.workspace else None,
        "first_flow": FIRST_FLOW,
    }
    if "X-Poll" in request.headers:
        return render(request, "workspaces/_steps.html", context, status=286 if steps.finished else 200)
    if steps.workspace is None:
        context["form"] = create_form(request, open_owners(request))
    return render(request, "workspaces/welcome.html", context)


@require_safe
def redirect_to_workspace(request: HttpRequest, account_id: UUID, workspace_id: UUID) -> HttpResponse:
    """Redirect the address of a workspace that clients print, without a trailing slash, to its home page."""
    return redirect("workspace:home", account_id, workspace_id)


@require_safe
def redirect_to_account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Redirect the address of an account that clients print, without a trailing slash, to its overview."""
    return redirect("account:overview", account_id)


@signed_in
@require_safe
def open_by_handles(request: PersonRequest, account: str, workspace: str, rest: str = "") -> HttpResponse:
    """Redirect `/@account/workspace/...` to the address with ids.

    Former handles of the account work while they are reserved, former addresses of a workspace until another one has
    the same.

    Raises `Http404` for a workspace that the person may not enter.
    """
    owner = account_by_handle(account)
    rows = Workspace.objects.open_to(request.user).filter(account=owner, handle=workspace)
    if owner is None:
        raise Http404
    target = rows.first() or formerly(Workspace.objects.open_to(request.user), owner, workspace)
    if target is None:
        raise Http404
    if (refused := refusal(request, target.account)) is not None:
        return refused
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    return redirect(f"{address(target, 'home') + rest if rest else _first_page(request, target)}{query}")


@signed_in
@require_safe
def open_account_by_handle(request: PersonRequest, account: str) -> HttpResponse:
    """Redirect `/@account` to the overview of the account. Raises `Http404` unless the person belongs to it."""
    target = account_by_handle(account)
    if target is None or account_access(request.user, target.id) is None:
        raise Http404
    return refusal(request, target) or redirect(account_address(target, "overview"))
