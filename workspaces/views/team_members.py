"""Who is in a team: people and service accounts added and removed."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User
from accounts.pages import sent_once
from orgs.models import Team
from orgs.pages import AccountRequest, account_address, account_page
from orgs.paging import searched
from orgs.services.teams import add_to_team, remove_from_team
from orgs.team_forms import may_join, named
from workspaces.views.teams import one_team

_SHOWN = 50
_DIRECTORY = "The company's directory decides which people are in this team."


@sent_once
@account_page("update:team")
def add(request: AccountRequest, team_id: UUID) -> HttpResponse:
    """A search whose results can be ticked and added together."""
    team, words, problem = one_team(request, team_id), searched(request), ""
    candidates = may_join(team).select_related("personal_account")
    if team.directory_group_id:
        candidates = candidates.exclude(kind="user")
    if request.method == "POST":
        try:
            chosen = _chosen(request, team)
            add_to_team(team, chosen, actor=request.user.as_actor())
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            who = chosen[0].name if len(chosen) == 1 else f"{len(chosen)} members"
            messages.success(request, f"Added {who} to {team.name}.")
            return redirect(account_address(request.account, "team", team.id))
    found = list(candidates.filter(named(words))[: _SHOWN + 1])
    context = {
        "team": team,
        "found": found[:_SHOWN],
        "more": len(found) > _SHOWN,
        "words": words,
        "problem": problem,
        "directory": _DIRECTORY if team.directory_group_id else "",
    }
    return render(request, "orgs/teams/add.html", context, status=422 if problem else 200)


@sent_once
@account_page("update:team")
def remove(request: AccountRequest, team_id: UUID, user_id: UUID) -> HttpResponse:
    team = one_team(request, team_id)
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
        request, "orgs/teams/remove.html", {"team": team, "member": member, "problem": problem}, status=status
    )


def _chosen(request: AccountRequest, team: Team) -> list[User]:
    """Who was ticked. Raises ValidationError for nobody, and for one who does not belong to the account."""
    try:
        ids = {UUID(value) for value in request.POST.getlist("user")[: _SHOWN + 1]}
    except ValueError:
        ids = set()
    if not ids:
        raise ValidationError("Tick who is to join the team.")
    found = list(may_join(team).filter(id__in=ids)) + list(team.members.filter(id__in=ids))
    if len(found) < len(ids):
        raise ValidationError("Somebody among them does not belong to this account.")
    if team.directory_group_id and any(user.is_person for user in found):
        raise ValidationError(_DIRECTORY)
    return found
