"""Inviting people into an account, many at once, with teams and a first workspace."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.forms import blame
from accounts.models import Account
from accounts.pages import sent_once
from orgs.invitation_form import InvitationForm
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services.invitations import invite
from rbac import builtin, permissions, scopes
from workspaces.account_access import accesses, open_workspaces
from workspaces.scoping import Access


@sent_once
@account_page("create:invitation")
def create(request: AccountRequest) -> HttpResponse:
    """`?workspace=` fills in the first workspace."""
    places = _places(request)
    role = builtin.DEVELOPER if request.account.kind == Account.PERSONAL else builtin.VIEWER
    wanted = request.GET.get("workspace", "")
    chosen = wanted or request.account.kind == Account.PERSONAL
    initial = {"workspace": wanted, "workspace_role": builtin.IDS[role] if chosen else None}
    choices = [(str(id), place.workspace.name) for id, place in places.items()]
    form = InvitationForm(request.account, choices, request.mine.permissions, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = _invite(request, form, places)
            messages.success(request, _told(made))
            return redirect(account_address(request.account, "invitations"))
        except ValidationError as error:
            blame(form, error, "emails")
    context = {"form": form, "places": places}
    return render(request, "orgs/invitations/create.html", context, status=422 if form.errors else 200)


def _places(request: AccountRequest) -> dict[UUID, Access]:
    """The workspaces into which one may let people."""
    found = accesses(open_workspaces(request.user, request.account), request.account)
    return {one.workspace.id: one for one in found if one.allows(scopes.MANAGE_WORKSPACE_USERS)}


def _invite(request: AccountRequest, form: InvitationForm, places: dict[UUID, Access]) -> list[str]:
    data: dict[str, Any] = form.cleaned_data
    place = places[UUID(data["workspace"])] if data["workspace"] else None
    made = invite(
        request.account,
        data["emails"],
        role=data.get("role") or permissions.COLLABORATOR,
        teams=list(data.get("teams") or ()),
        workspace=place.workspace if place else None,
        workspace_role=data["workspace_role"] if place else None,
        invited_by=request.user,
        actor=request.user.as_actor(),
        within=request.mine.permissions | (place.scopes if place else frozenset()),
    )
    return [one.email for one in made]


def _told(emails: list[str]) -> str:
    if len(emails) == 1:
        return f"An invitation is on its way to {emails[0]}."
    return f"{len(emails)} invitations are on their way."
