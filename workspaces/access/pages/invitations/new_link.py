"""The page that creates a new link for an invitation, to pass on by other means than mail."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from orgs.models import Invitation
from orgs.pages import AccountRequest
from orgs.services.invitations import new_link
from workspaces.pages import WorkspaceRequest


def new_link_page(
    request: AccountRequest | WorkspaceRequest,
    invitation: Invitation,
    *,
    granter_scopes: frozenset[str],
    template: str,
    back: str,
) -> HttpResponse:
    """Ask for confirmation, as the mailed link stops working; a POST creates the link and shows it this once.

    Redirects to `back` with a message if the link cannot be created.
    """
    value = ""
    if request.method == "POST":
        try:
            value = new_link(invitation, actor=request.user.as_actor(), granter_scopes=granter_scopes)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(back)
        invitation.refresh_from_db(fields=["expires_at"])
    response = render(request, template, {"invitation": invitation, "value": value})
    response["Cache-Control"] = "no-store"
    return response
