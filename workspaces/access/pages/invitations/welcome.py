"""Where people go after they accepted an invitation."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import Account, User
from orgs.models import Invitation
from orgs.pages import account_address
from workspaces.models import Workspace
from workspaces.pages import address


def welcome(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Redirect a signed-in person to what they have joined, with a message."""
    assert isinstance(request.user, User)  # the callers require a signed-in person
    account, workspace = invitation.account, invitation.workspace
    joined = workspace if account.kind == Account.PERSONAL and workspace else account
    messages.success(request, f"Welcome to {joined.name}.")
    return redirect(entry_address(invitation, request.user))


def entry_address(invitation: Invitation, user: User) -> str:
    """Return the address of the invitation's workspace, else of its organization, else of the list of workspaces."""
    workspace = invitation.workspace
    if workspace is not None:
        open_workspace = Workspace.objects.open_to(user).filter(id=workspace.id).first()
        if open_workspace is not None:
            return address(open_workspace, "dashboard")
    if invitation.account.kind == Account.ORGANIZATION:
        return account_address(invitation.account, "overview")
    return reverse("workspaces")
