"""Teams of an account: the list, the page of a team with its members, creating, editing and deleting."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.forms import blame
from accounts.models import User
from accounts.pages import sent_once
from core.pages.paging import page_of, searched
from orgs.models import Team
from orgs.models.plans import TEAMS
from orgs.pages import AccountRequest, account_address, account_page
from orgs.plans import require_feature
from orgs.services.teams import create_team, delete_team, update_team
from orgs.team_forms import TeamForm, matches_words
from rbac import permissions, scopes
from rbac.models import Grant
from workspaces.access.account_workspaces import count_workspaces_by, grant_rows


@account_page(permissions.READ_TEAM)
@require_safe
def teams(request: AccountRequest) -> HttpResponse:
    words = searched(request)
    paged = page_of(request, _teams(request).filter(name__icontains=words).order_by("name", "id"))
    groups = [team.group_id for team in paged.rows]
    user_groups = User.groups.through.objects.filter(group__in=groups)
    members = dict(user_groups.order_by().values_list("group").annotate(Count("user")))
    workspaces = count_workspaces_by(Grant.objects.filter(group__in=groups), "group", request.user, request.account)
    rows = [
        {"team": team, "members": members.get(team.group_id, 0), "workspaces": workspaces.get(team.group_id, 0)}
        for team in paged.rows
    ]
    context = {
        "rows": rows,
        "paged": paged,
        "words": words,
        "may_create": request.account_access.may(permissions.CREATE_TEAM),
    }
    return render(request, "workspaces/access/teams/list.html", context)


@sent_once
@account_page(permissions.CREATE_TEAM)
def create(request: AccountRequest) -> HttpResponse:
    require_feature(request.account, TEAMS)
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            created = create_team(request.account, actor=request.user.as_actor(), **form.cleaned_data)
        except ValidationError as error:
            blame(form, error, "name")
        else:
            messages.success(request, f"The team “{created.name}” was created. Add its first members.")
            return redirect(account_address(request.account, "team-add", created.id))
    return render(request, "workspaces/access/teams/edit.html", {"form": form}, status=422 if form.errors else 200)


@account_page(permissions.READ_TEAM)
@require_safe
def team(request: AccountRequest, team_id: UUID) -> HttpResponse:
    """Show the members of a team."""
    team = get_team(request, team_id)
    words = searched(request)
    members = team.members.filter(matches_words(words)).select_related("personal_account")
    paged = page_of(request, members.order_by("kind", "first_name", "last_name", "id"))
    context = {"paged": paged, "words": words, **team_context(request, team, "team")}
    return render(request, "workspaces/access/teams/members.html", context)


@sent_once
@account_page(permissions.UPDATE_TEAM)
def edit(request: AccountRequest, team_id: UUID) -> HttpResponse:
    team = get_team(request, team_id)
    form = TeamForm(request.POST or None, initial={"name": team.name, "description": team.description})
    if request.method == "POST" and form.is_valid():
        try:
            update_team(team, actor=request.user.as_actor(), **form.cleaned_data)
        except ValidationError as error:
            blame(form, error, "name")
            team = get_team(request, team_id)
        else:
            messages.success(request, "Saved the team.")
            return redirect(account_address(request.account, "team", team.id))
    return render(
        request, "workspaces/access/teams/edit.html", {"form": form, "team": team}, status=422 if form.errors else 200
    )


@sent_once
@account_page(permissions.DELETE_TEAM)
def delete(request: AccountRequest, team_id: UUID) -> HttpResponse:
    """Delete a team. Asks for confirmation first, and shows the roles that its members lose."""
    team = get_team(request, team_id)
    if request.method == "POST":
        delete_team(team, actor=request.user.as_actor())
        messages.success(request, f"Deleted the team “{team.name}”.")
        return redirect(account_address(request.account, "teams"))
    rows = grant_rows(_grants(team), request.user, request.account, scope=scopes.MANAGE_WORKSPACE_TEAMS, roles=[])
    context = {"team": team, "rows": rows, "members": team.members.count()}
    return render(request, "workspaces/access/teams/delete.html", context)


def get_team(request: AccountRequest, team_id: UUID) -> Team:
    """Return a team of the account, but not that of everyone. Raises `Http404` if there is none."""
    team = _teams(request).filter(id=team_id).first()
    if team is None:
        raise Http404
    team.account = request.account
    return team


def team_context(request: AccountRequest, team: Team, current: str) -> dict[str, Any]:
    """Return the template context that both tabs of a team share. `current` is the url name of the tab."""
    workspaces = count_workspaces_by(_grants(team), "group", request.user, request.account)
    tabs = (
        ("Members", "team", team.members.count()),
        ("Workspaces", "team-workspaces", workspaces.get(team.group_id, 0)),
    )
    return {
        "team": team,
        "tabs": [
            {
                "label": label,
                "href": account_address(request.account, name, team.id),
                "current": name == current,
                "count": count,
            }
            for label, name, count in tabs
        ],
        "may": {
            "update": request.account_access.may(permissions.UPDATE_TEAM),
            "delete": request.account_access.may(permissions.DELETE_TEAM),
        },
    }


def _teams(request: AccountRequest) -> QuerySet[Team]:
    return Team.objects.filter(account=request.account, everyone=False).select_related("group")


def _grants(team: Team) -> "QuerySet[Grant, Any]":
    return Grant.objects.filter(group=team.group_id, workspace__account=team.account_id)
