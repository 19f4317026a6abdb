"""Answering an invitation by its link: accept, decline, sign up.

Opening the link changes nothing, because programs that scan mail open links, too. Answers are POST requests.
"""

from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import blame, split_name
from accounts.join_form import JoinForm
from accounts.models import User
from accounts.pages import sent_once
from accounts.services.sessions import browser_of, mark_signed_up, renew_session
from core.errors import Conflict, Taken
from orgs.models import Invitation
from workspaces.access.invitation_acceptance import accept_by_token, decline_by_token
from workspaces.access.invitation_sign_up import sign_up_and_accept
from workspaces.access.pages.invitations.link_page import is_open, show_invitation, show_problem, with_token
from workspaces.access.pages.invitations.welcome import entry_address, welcome


@with_token
@require_safe
def invitation(request: Any, invitation: Invitation, token: str) -> HttpResponse:
    return show_invitation(request, invitation, token)


@sent_once
@with_token
@require_POST
def accept(request: Any, invitation: Invitation, token: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("invitation", token)
    try:
        accepted, ended = accept_by_token(token, request.user, browser=browser_of(request, request.user))
    except (ValidationError, PermissionDenied) as error:
        return show_problem(request, token, error)
    if ended is not None:
        renew_session(request, request.user)
    if ended:
        words = ", ".join(ended.phrases)
        messages.warning(request, f"Your email address is confirmed. Earlier access has ended: {words}.")
    return welcome(request, accepted)


@sent_once
@with_token
@require_POST
def decline(request: Any, invitation: Invitation, token: str) -> HttpResponse:
    try:
        decline_by_token(token, request.user if request.user.is_authenticated else None)
    except (ValidationError, PermissionDenied) as error:
        return show_problem(request, token, error)
    return redirect("invitation", token)


@sent_once
@with_token
def sign_up(request: Any, invitation: Invitation, token: str) -> HttpResponse:
    """Create a user with the invited address, accept the invitation, and sign them in."""
    if request.method != "POST" or request.user.is_authenticated or not is_open(invitation):
        return redirect("invitation", token)
    form = JoinForm(invitation.email, request.POST)
    if not form.is_valid():
        return show_invitation(request, invitation, token, form)
    first, last = split_name(form.cleaned_data["name"])
    password = form.cleaned_data["password"]
    try:
        user, accepted = sign_up_and_accept(
            token, first_name=first, last_name=last, handle=form.cleaned_data["handle"], password=password
        )
    except ValidationError as error:
        if isinstance(error, Conflict) and not isinstance(error, Taken):
            return show_problem(request, token, error)
        blame(form, error, "handle")
        return show_invitation(request, invitation, token, form)
    mark_signed_up(request, user)
    return _sign_in(request, user, entry_address(accepted, user))


def _sign_in(request: HttpRequest, user: User, address: str) -> HttpResponse:
    login = Login(
        user=user,
        email=user.email,
        email_verification=app_settings.EMAIL_VERIFICATION,
        redirect_url=address,
        signup=True,
    )
    # This function is internal to allauth, which has no public way to sign somebody in and record that they gave their
    # password.
    response: HttpResponse = perform_password_login(request, {"email": user.email}, login)
    return response
