"""The page behind an invitation's link: finding the invitation, and the page in each of its states."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers

from accounts.join_form import JoinForm
from accounts.models import Account, User
from accounts.services.addresses import is_confirmed
from accounts.services.sessions import browser_of
from core.pages.error_pages import too_many_requests
from core.rest.callers import client_address
from core.rest.rate_limits import count_guess
from orgs.account_restrictions import refusal
from orgs.models import Invitation
from orgs.services.invitation_tokens import invitation_of
from workspaces.access.pages.invitations.welcome import entry_address

_UNKNOWN_PER_MINUTE = 30  # invalid tokens that one client address may try


def with_token(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Pass the invitation of the token in the address to the view, as `view(request, invitation, token)`.

    Limits how often a client may try invalid tokens. Keeps the page out of caches, and its address out of the
    Referer header, since the token gives access. The restrictions of the account (`orgs.account_restrictions`) apply
    to invited people as they do to members.
    """

    @wraps(view)
    def page(request: Any, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        invitation = invitation_of(token)
        if invitation is not None:
            refused = refusal(request, invitation.account, visitor=invitation.email)
            response = view(request, invitation, token, *args, **kwargs) if refused is None else refused
        elif wait := count_guess("invitation", client_address(request), _UNKNOWN_PER_MINUTE):
            response = too_many_requests(request, wait)
        else:
            response = render(request, "workspaces/access/invitations/unknown.html", status=404)
        add_never_cache_headers(response)
        response["Referrer-Policy"] = "strict-origin"
        return response

    return page


def show_invitation(
    request: HttpRequest, invitation: Invitation, token: str, form: JoinForm | None = None
) -> HttpResponse:
    """Render the page: closed, the question to accept, the request to sign in, or the sign-up form.

    `form` is a sign-up form with errors.
    """
    user = request.user
    personal = invitation.account.kind == Account.PERSONAL
    context: dict[str, Any] = {"invitation": invitation, "token": token, "personal": personal}
    if not is_open(invitation):
        context["inside"] = ""
        joined = invitation.status == Invitation.ACCEPTED or invitation.joined_otherwise
        if joined and isinstance(user, User) and _is_for(invitation, user):
            context["inside"] = entry_address(invitation, user)
        return render(request, "workspaces/access/invitations/closed.html", context, status=410)
    if user.is_authenticated:
        assert isinstance(user, User)
        context["wrong"] = not _is_for(invitation, user)
        confirms_address = invitation.mailed and not context["wrong"] and not is_confirmed(user)
        context["ends_access"] = confirms_address and not browser_of(request, user).signed_up
        return render(request, "workspaces/access/invitations/answer.html", context)
    # Only a mailed link is known to be opened by its recipient. A copied link must not reveal that the address has an
    # account.
    if invitation.mailed and User.actors.filter(email__iexact=invitation.email).exists():
        return render(request, "workspaces/access/invitations/sign_in.html", context)
    context["form"] = form or JoinForm(invitation.email)
    return render(request, "workspaces/access/invitations/sign_up.html", context, status=422 if form else 200)


def show_problem(request: HttpRequest, token: str, error: ValidationError | PermissionDenied) -> HttpResponse:
    """Redirect to the page of the invitation with the error as a message above it."""
    messages.error(request, " ".join(error.messages) if isinstance(error, ValidationError) else str(error))
    return redirect("invitation", token)


def is_open(invitation: Invitation) -> bool:
    """Return whether the invitation can still be accepted."""
    return invitation.status == Invitation.PENDING and not invitation.expired


def _is_for(invitation: Invitation, user: User) -> bool:
    return user.email.lower() == invitation.email
