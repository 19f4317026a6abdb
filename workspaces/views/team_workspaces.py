"""The workspaces that a team was let into, and its role in each."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.pages import sent_once
from orgs.pages import AccountRequest, account_address, account_page
from orgs.paging import searched
from rbac import scopes
from rbac.models import Grant
from workspaces.account_access import accesses, given, open_workspaces, usable_roles
from workspaces.scoping import Access, enter
from workspaces.sharing import share_with, stop_sharing, usable_role
from workspaces.views.teams import one_team, team_frame


@account_page("read:team")
@require_safe
def workspaces(request: AccountRequest, team_id: UUID) -> HttpResponse:
    return _show(request, team_id)


@sent_once
@account_page("read:team")
@require_POST
def share(request: AccountRequest, team_id: UUID) -> HttpResponse:
    """Let the team into a workspace with a role, or give it another one there."""
    team = one_team(request, team_id)
    access = managed(request, request.POST.get("workspace", ""), scopes.MANAGE_WORKSPACE_TEAMS)
    try:
        role = usable_role(access.workspace, as_id(request.POST.get("role", "")))
        if role is None:
            raise ValidationError("Choose one of the roles in the list.")
        share_with(access.workspace, team, role, actor=request.user.as_actor(), within=access.scopes)
    except ValidationError as error:
        return _show(request, team_id, " ".join(error.messages))
    messages.success(request, f"{team.name} is {role.name} in {access.workspace.name}.")
    return redirect(account_address(request.account, "team-workspaces", team.id))


@sent_once
@account_page("read:team")
@require_POST
def unshare(request: AccountRequest, team_id: UUID, workspace_id: UUID) -> HttpResponse:
    team = one_team(request, team_id)
    access = managed(request, str(workspace_id), scopes.MANAGE_WORKSPACE_TEAMS)
    if stop_sharing(access.workspace, team, actor=request.user.as_actor(), within=access.scopes):
        messages.success(request, f"{team.name} has no role in {access.workspace.name} any more.")
    return redirect(account_address(request.account, "team-workspaces", team.id))


def managed(request: AccountRequest, workspace_id: str, scope: str) -> Access:
    """The workspace with the scopes held in it, for who may decide there. Raises Http404 for one out of sight, and
    PermissionDenied for who is inside and may not.
    """
    access = enter(request.user, as_id(workspace_id), request.account.id)
    if access is None:
        raise Http404
    if not access.allows(scope):
        raise PermissionDenied(f"In {access.workspace.full_handle} it needs the permission {scope}.")
    return access


def as_id(text: str) -> UUID:
    """Raises Http404 for what is no id."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _show(request: AccountRequest, team_id: UUID, problem: str = "") -> HttpResponse:
    team, words = one_team(request, team_id), searched(request)
    grants = Grant.objects.filter(group=team.group_id, workspace__account=request.account)
    if words:
        grants = grants.filter(workspace__handle__icontains=words)
    others = open_workspaces(request.user, request.account).exclude(grants__group=team.group_id)
    mine = accesses(others.filter(handle__icontains=words), request.account)
    roles = usable_roles(request.account)
    context = {
        "rows": given(grants, request.user, request.account, scope=scopes.MANAGE_WORKSPACE_TEAMS, roles=roles),
        "others": [access.workspace for access in mine if access.allows(scopes.MANAGE_WORKSPACE_TEAMS)],
        "roles": roles,
        "words": words,
        "problem": problem,
        **team_frame(request, team, "team-workspaces"),
    }
    return render(request, "orgs/teams/workspaces.html", context, status=422 if problem else 200)
