"""The roles of a team in workspaces: the list, granting and revoking."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.pages import sent_once
from core.errors import Forbidden
from core.pages.paging import searched
from orgs.pages import AccountRequest, account_address, account_page
from rbac import permissions, scopes
from rbac.models import Grant, WorkspaceRole
from rbac.role_choices import role_choices, usable_role
from workspaces.access.account_workspaces import grant_rows, load_accesses, open_workspaces
from workspaces.access.pages.owner_confirmation import ask_before_owner_of_workspace
from workspaces.access.pages.teams.teams import get_team, team_context
from workspaces.access.sharing import share_with, stop_sharing
from workspaces.scoping import Access, enter


@account_page(permissions.READ_TEAM)
@require_safe
def workspaces(request: AccountRequest, team_id: UUID) -> HttpResponse:
    return _show(request, team_id)


@sent_once
@account_page(permissions.READ_TEAM)
@require_POST
def share(request: AccountRequest, team_id: UUID) -> HttpResponse:
    """Grant the team a role in a workspace, in place of the one it had there."""
    team = get_team(request, team_id)
    access = managed_access(request, request.POST.get("workspace", ""), scopes.MANAGE_WORKSPACE_TEAMS)
    back = account_address(request.account, "team-workspaces", team.id)
    try:
        role = chosen_role(request)
        asked = ask_before_owner_of_workspace(request, access.workspace, role, who=team.name, back=back)
        if asked is not None:
            return asked
        share_with(access.workspace, team, role, actor=request.user.as_actor(), granter_scopes=access.scopes)
    except ValidationError as error:
        return _show(request, team_id, " ".join(error.messages))
    messages.success(request, f"{team.name} is now {role.name} in {access.workspace.name}.")
    return redirect(back)


@sent_once
@account_page(permissions.READ_TEAM)
@require_POST
def unshare(request: AccountRequest, team_id: UUID, workspace_id: UUID) -> HttpResponse:
    team = get_team(request, team_id)
    access = managed_access(request, str(workspace_id), scopes.MANAGE_WORKSPACE_TEAMS)
    if stop_sharing(access.workspace, team, actor=request.user.as_actor(), granter_scopes=access.scopes):
        messages.success(request, f"{team.name} no longer has a direct role in {access.workspace.name}.")
    return redirect(account_address(request.account, "team-workspaces", team.id))


def managed_access(request: AccountRequest, workspace_id: str, scope: str) -> Access:
    """Return the reader's access to a workspace of the account in which they hold `scope`.

    Raises `Http404` if they may not enter it, and `Forbidden` if they lack the scope.
    """
    access = enter(request.user, parse_id(workspace_id), request.account.id)
    if access is None:
        raise Http404
    if not access.allows(scope):
        raise Forbidden(f"This needs the permission {scope} in {access.workspace.full_handle}.")
    return access


def chosen_role(request: AccountRequest) -> WorkspaceRole:
    """Return the role that the form names. Raises `Invalid` if it cannot be granted in this account."""
    role_id = parse_id(request.POST.get("role", ""))
    return usable_role(request.account, role_id, otherwise="Choose one of the roles in the list.")


def parse_id(text: str) -> UUID:
    """Return the id in a form field. Raises `Http404` if it is not a valid UUID."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _show(request: AccountRequest, team_id: UUID, problem: str = "") -> HttpResponse:
    team, words = get_team(request, team_id), searched(request)
    grants = Grant.objects.filter(group=team.group_id, workspace__account=request.account)
    if words:
        grants = grants.filter(workspace__handle__icontains=words)
    others = open_workspaces(request.user, request.account).exclude(grants__group=team.group_id)
    accesses = load_accesses(others.filter(handle__icontains=words), request.account)
    roles = role_choices(request.account)
    context = {
        "rows": grant_rows(grants, request.user, request.account, scope=scopes.MANAGE_WORKSPACE_TEAMS, roles=roles),
        "others": [access.workspace for access in accesses if access.allows(scopes.MANAGE_WORKSPACE_TEAMS)],
        "roles": roles,
        "words": words,
        "problem": problem,
        **team_context(request, team, "team-workspaces"),
    }
    return render(request, "workspaces/access/teams/workspaces.html", context, status=422 if problem else 200)
