"""Teams of an account: the list, making, renaming, deleting; and the workspaces that one was let into."""

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
from orgs.models import Team
from orgs.pages import AccountRequest, account_address, account_page
from orgs.paging import page_of, searched
from orgs.services.teams import create_team, delete_team, update_team
from orgs.team_forms import TeamForm, named
from rbac import scopes
from rbac.models import Grant
from workspaces.account_access import given, workspaces_counted


@account_page("read:team")
@require_safe
def teams(request: AccountRequest) -> HttpResponse:
    words = searched(request)
    paged = page_of(request, _teams(request).filter(name__icontains=words).order_by("name", "id"))
    groups = [team.group_id for team in paged.rows]
    places = User.groups.through.objects.filter(group__in=groups)
    members = dict(places.order_by().values_list("group").annotate(Count("user")))
    granted = workspaces_counted(Grant.objects.filter(group__in=groups), "group", request.user, request.account)
    rows = [
        {"team": team, "members": members.get(team.group_id, 0), "workspaces": granted.get(team.group_id, 0)}
        for team in paged.rows
    ]
    context = {"rows": rows, "paged": paged, "words": words, "may_create": request.mine.may("create:team")}
    return render(request, "orgs/teams/list.html", context)


@sent_once
@account_page("create:team")
def create(request: AccountRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_team(request.account, actor=request.user.as_actor(), **form.cleaned_data)
        except ValidationError as error:
            blame(form, error, "name")
        else:
            messages.success(request, f"The team “{made.name}” is ready. Add its first members.")
            return redirect(account_address(request.account, "team-add", made.id))
    return render(request, "orgs/teams/edit.html", {"form": form}, status=422 if form.errors else 200)


@account_page("read:team")
@require_safe
def team(request: AccountRequest, team_id: UUID) -> HttpResponse:
    """Its members."""
    found = one_team(request, team_id)
    words = searched(request)
    members = found.members.filter(named(words)).select_related("personal_account")
    paged = page_of(request, members.order_by("kind", "first_name", "last_name", "id"))
    context = {"paged": paged, "words": words, **team_frame(request, found, "team")}
    return render(request, "orgs/teams/members.html", context)


@sent_once
@account_page("update:team")
def edit(request: AccountRequest, team_id: UUID) -> HttpResponse:
    found = one_team(request, team_id)
    form = TeamForm(request.POST or None, initial={"name": found.name, "description": found.description})
    if request.method == "POST" and form.is_valid():
        try:
            update_team(found, actor=request.user.as_actor(), **form.cleaned_data)
        except ValidationError as error:
            blame(form, error, "name")
            found = one_team(request, team_id)
        else:
            messages.success(request, "The team is saved.")
            return redirect(account_address(request.account, "team", found.id))
    return render(request, "orgs/teams/edit.html", {"form": form, "team": found}, status=422 if form.errors else 200)


@sent_once
@account_page("delete:team")
def delete(request: AccountRequest, team_id: UUID) -> HttpResponse:
    """Says what goes with it: the ways into workspaces of those who have no other."""
    found = one_team(request, team_id)
    if request.method == "POST":
        delete_team(found, actor=request.user.as_actor())
        messages.success(request, f"The team “{found.name}” is deleted.")
        return redirect(account_address(request.account, "teams"))
    rows = given(_grants(found), request.user, request.account, scope=scopes.MANAGE_WORKSPACE_TEAMS, roles=[])
    context = {"team": found, "rows": rows, "members": found.members.count()}
    return render(request, "orgs/teams/delete.html", context)


def one_team(request: AccountRequest, team_id: UUID) -> Team:
    """The team in the address, if it is the account's; that of everyone is a team to nobody."""
    found = _teams(request).filter(id=team_id).first()
    if found is None:
        raise Http404
    found.account = request.account
    return found


def team_frame(request: AccountRequest, found: Team, current: str) -> dict[str, Any]:
    """What both tabs of a team show around their list."""
    granted = workspaces_counted(_grants(found), "group", request.user, request.account)
    tabs = (
        ("Members", "team", found.members.count()),
        ("Workspaces", "team-workspaces", granted.get(found.group_id, 0)),
    )
    return {
        "team": found,
        "tabs": [
            {
                "label": label,
                "href": account_address(request.account, name, found.id),
                "current": name == current,
                "count": count,
            }
            for label, name, count in tabs
        ],
        "may": {name: request.mine.may(f"{name}:team") for name in ("update", "delete")},
    }


def _teams(request: AccountRequest) -> QuerySet[Team]:
    return Team.objects.filter(account=request.account, everyone=False).select_related("group")


def _grants(found: Team) -> "QuerySet[Grant, Any]":
    return Grant.objects.filter(group=found.group_id, workspace__account=found.account_id)
