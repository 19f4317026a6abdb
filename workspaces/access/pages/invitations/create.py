"""Inviting people into an account, several at once, with teams and a first workspace."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.forms import blame
from accounts.models import Account
from accounts.pages import sent_once
from accounts.services.addresses import check_confirmed
from orgs.invitation_form import InvitationForm
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services.invitations import invite
from rbac import builtin, permissions, scopes
from workspaces.access.account_workspaces import load_accesses, open_workspaces
from workspaces.access.pages.owner_confirmation import ask_before_owner
from workspaces.scoping import Access


@sent_once
@account_page(permissions.CREATE_INVITATION)
def create(request: AccountRequest) -> HttpResponse:
    """Show the form, and send the invitations. `?workspace=` preselects the first workspace."""
    check_confirmed(request.user.as_actor(), request.account)
    accesses = _manageable_workspaces(request)
    role = builtin.DEVELOPER if request.account.kind == Account.PERSONAL else builtin.VIEWER
    wanted = request.GET.get("workspace", "")
    chosen = wanted or request.account.kind == Account.PERSONAL
    initial = {"workspace": wanted, "workspace_role": builtin.IDS[role] if chosen else None}
    choices = [(str(id), access.workspace.name) for id, access in accesses.items()]
    form = InvitationForm(
        request.account, choices, request.account_access.permissions, request.POST or None, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        if (asked := _ask_before_owner(request, form, accesses)) is not None:
            return asked
        try:
            emails = _invite(request, form, accesses)
            messages.success(request, _success_message(emails))
            return redirect(account_address(request.account, "invitations"))
        except ValidationError as error:
            blame(form, error, "emails")
    context = {"form": form, "workspaces": list(accesses)}
    return render(request, "workspaces/access/invitations/create.html", context, status=422 if form.errors else 200)


def _manageable_workspaces(request: AccountRequest) -> dict[UUID, Access]:
    """Return by id the workspaces in which the reader may manage users."""
    accesses = load_accesses(open_workspaces(request.user, request.account), request.account)
    return {access.workspace.id: access for access in accesses if access.allows(scopes.MANAGE_WORKSPACE_USERS)}


def _invite(request: AccountRequest, form: InvitationForm, accesses: dict[UUID, Access]) -> list[str]:
    """Send the invitations and return their addresses."""
    data: dict[str, Any] = form.cleaned_data
    access = accesses[UUID(data["workspace"])] if data["workspace"] else None
    invitations = invite(
        request.account,
        data["emails"],
        role=data.get("role") or permissions.COLLABORATOR,
        teams=list(data.get("teams") or ()),
        workspace=access.workspace if access else None,
        workspace_role=data["workspace_role"],
        invited_by=request.user,
        actor=request.user.as_actor(),
        granter_scopes=request.account_access.permissions | (access.scopes if access else frozenset()),
    )
    return [invitation.email for invitation in invitations]


def _ask_before_owner(
    request: AccountRequest, form: InvitationForm, accesses: dict[UUID, Access]
) -> HttpResponse | None:
    data = form.cleaned_data
    workspace_roles = (
        {accesses[UUID(data["workspace"])].workspace.full_handle: data["workspace_role"]} if data["workspace"] else {}
    )
    return ask_before_owner(
        request,
        who=data["emails"][0] if len(data["emails"]) == 1 else f"{len(data['emails'])} people",
        back=request.get_full_path(),
        account_name=request.account.name,
        account_role=data.get("role", ""),
        workspace_roles=workspace_roles,
    )


def _success_message(emails: list[str]) -> str:
    if len(emails) == 1:
        return f"Sent an invitation to {emails[0]}."
    return f"Sent {len(emails)} invitations."
