"""The members of a team: adding and removing people and service accounts."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User
from accounts.pages import sent_once
from core.errors import Invalid
from core.pages.paging import searched
from orgs.models import Team
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services.teams import add_to_team, remove_from_team
from orgs.team_forms import matches_words, team_candidates
from rbac import permissions
from workspaces.access.pages.teams.teams import get_team

_MAX_FOUND = 50
_DIRECTORY = "The company's directory decides which people are in this team."


@sent_once
@account_page(permissions.UPDATE_TEAM)
def add(request: AccountRequest, team_id: UUID) -> HttpResponse:
    """Search for members of the account and add those selected."""
    team, words, problem = get_team(request, team_id), searched(request), ""
    candidates = team_candidates(team).select_related("personal_account")
    if team.directory_group_id:
        candidates = candidates.exclude(kind="user")
    if request.method == "POST":
        try:
            added = _selected(request, team)
            add_to_team(team, added, actor=request.user.as_actor())
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            names = added[0].name if len(added) == 1 else f"{len(added)} members"
            messages.success(request, f"Added {names} to {team.name}.")
            return redirect(account_address(request.account, "team", team.id))
    found = list(candidates.filter(matches_words(words))[: _MAX_FOUND + 1])
    context = {
        "team": team,
        "found": found[:_MAX_FOUND],
        "more": len(found) > _MAX_FOUND,
        "words": words,
        "problem": problem,
        "directory": _DIRECTORY if team.directory_group_id else "",
    }
    return render(request, "workspaces/access/teams/add.html", context, status=422 if problem else 200)


@sent_once
@account_page(permissions.UPDATE_TEAM)
def remove(request: AccountRequest, team_id: UUID, user_id: UUID) -> HttpResponse:
    team = get_team(request, team_id)
    member = team.members.filter(id=user_id).first()
    if member is None:
        raise Http404
    problem = _DIRECTORY if team.directory_group_id and member.is_person else ""
    if request.method == "POST" and not problem:
        remove_from_team(team, member, actor=request.user.as_actor())
        messages.success(request, f"{member.name} is no longer in {team.name}.")
        return redirect(account_address(request.account, "team", team.id))
    status = 409 if problem and request.method == "POST" else 200
    return render(
        request,
        "workspaces/access/teams/remove.html",
        {"team": team, "member": member, "problem": problem},
        status=status,
    )


def _selected(request: AccountRequest, team: Team) -> list[User]:
    """Return the users selected in the form, without those beyond the first page of results.

    Raises `Invalid` if there is none, for a user who does not belong to the account, and for a person if a directory
    manages the team.
    """
    try:
        ids = {UUID(value) for value in request.POST.getlist("user")[: _MAX_FOUND + 1]}
    except ValueError:
        ids = set()
    if not ids:
        raise Invalid("Select at least one person or service account.")
    users = list(team_candidates(team).filter(id__in=ids)) + list(team.members.filter(id__in=ids))
    if len(users) < len(ids):
        raise Invalid("Somebody among them is not a member of this account.")
    if team.directory_group_id and any(user.is_person for user in users):
        raise Invalid(_DIRECTORY)
    return users
