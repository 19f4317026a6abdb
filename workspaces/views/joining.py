"""The page of an invitation, for whoever has its link, and the invitations of somebody who is signed in.

Looking changes nothing: programs that read mail open links, too. Answering is a button.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.account import app_settings
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import blame, split_name
from accounts.join_form import JoinForm
from accounts.models import Account, User
from accounts.pages import PersonRequest, sent_once, signed_in
from orgs.models import Invitation
from orgs.services.invitation_tokens import invitation_of
from workspaces import joining
from workspaces.entering import has_confirmed
from workspaces.models import Workspace
from workspaces.pages import address

_UNKNOWN = {"invitation": "30/m/ip"}


def with_token(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Find the invitation. Nobody tries tokens; no cache keeps the page, and no other page learns its address."""

    @wraps(view)
    def page(request: Any, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = invitation_of(token)
        if found is not None:
            response = view(request, found, token, *args, **kwargs)
        elif ratelimit.consume(request, app="orgs", action="invitation", config=_UNKNOWN, limit_get=True):
            response = render(request, "orgs/invitations/unknown.html", status=404)
        else:
            response = render(request, "429.html", status=429)
        add_never_cache_headers(response)
        response["Referrer-Policy"] = "strict-origin"
        return response

    return page


@with_token
@require_safe
def invitation(request: Any, found: Invitation, token: str) -> HttpResponse:
    return _page(request, found, token)


@sent_once
@with_token
@require_POST
def accept(request: Any, found: Invitation, token: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("invitation", token)
    try:
        made = joining.accept(token, request.user)
    except (ValidationError, PermissionDenied) as error:
        return _refused(request, token, error)
    return _welcome(request, made)


@sent_once
@with_token
@require_POST
def decline(request: Any, found: Invitation, token: str) -> HttpResponse:
    try:
        joining.decline(token, request.user if request.user.is_authenticated else None)
    except (ValidationError, PermissionDenied) as error:
        return _refused(request, token, error)
    return redirect("invitation", token)


@sent_once
@with_token
def sign_up(request: Any, found: Invitation, token: str) -> HttpResponse:
    """Make an account with the invited address and accept, in one go; then be signed in."""
    if request.method != "POST" or request.user.is_authenticated or not _open(found):
        return redirect("invitation", token)
    form = JoinForm(found.email, request.POST)
    if not form.is_valid():
        return _page(request, found, token, form)
    first, last = split_name(form.cleaned_data["name"])
    password = form.cleaned_data["password"]
    try:
        user, made = joining.sign_up_and_accept(
            token, first_name=first, last_name=last, handle=form.cleaned_data["handle"], password=password
        )
    except ValidationError as error:
        if getattr(error, "code", "") in {"known", "conflict"}:
            return _refused(request, token, error)
        blame(form, error, "handle")
        return _page(request, found, token, form)
    login = Login(
        user=user,
        email=user.email,
        email_verification=app_settings.EMAIL_VERIFICATION,
        redirect_url=_inside(made, user),
        signup=True,
    )
    response: HttpResponse = perform_password_login(request, {"email": user.email}, login)
    return response


@signed_in
@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    """What waits for the address of whoever is signed in, once it is confirmed."""
    confirmed = has_confirmed(request.user)
    rows = Invitation.objects.waiting_for(request.user.email.lower()) if confirmed else Invitation.objects.none()
    rows = rows.select_related("account", "invited_by", "workspace__account", "workspace_role")
    context = {"rows": list(rows.order_by("-id")[:100]), "confirmed": confirmed}
    return render(request, "orgs/invitations/mine.html", context)


@sent_once
@signed_in
@require_POST
def accept_mine(request: PersonRequest, invitation_id: UUID) -> HttpResponse:
    try:
        made = joining.accept_mine(invitation_id, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("my-invitations")
    return _welcome(request, made)


@sent_once
@signed_in
@require_POST
def decline_mine(request: PersonRequest, invitation_id: UUID) -> HttpResponse:
    try:
        made = joining.decline_mine(invitation_id, request.user)
        messages.success(request, f"You declined the invitation to {made.account.name}.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("my-invitations")


def _page(request: HttpRequest, found: Invitation, token: str, form: JoinForm | None = None) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {"one": found, "token": token, "personal": found.account.kind == Account.PERSONAL}
    if not _open(found):
        context["inside"] = ""
        if found.status == Invitation.ACCEPTED and isinstance(user, User) and user.email.lower() == found.email:
            context["inside"] = _inside(found, user)
        return render(request, "orgs/invitations/closed.html", context, status=410)
    if user.is_authenticated:
        context["wrong"] = user.email.lower() != found.email
        return render(request, "orgs/invitations/answer.html", context)
    if User.actors.filter(email__iexact=found.email).exists():
        return render(request, "orgs/invitations/sign_in.html", context)
    context["form"] = form or JoinForm(found.email)
    return render(request, "orgs/invitations/sign_up.html", context, status=422 if form else 200)


def _open(found: Invitation) -> bool:
    return found.status == Invitation.PENDING and not found.expired


def _refused(request: HttpRequest, token: str, error: ValidationError | PermissionDenied) -> HttpResponse:
    """The page says what became of the invitation; what it does not say stands above it."""
    words = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
    messages.error(request, words)
    return redirect("invitation", token)


def _welcome(request: HttpRequest, made: Invitation) -> HttpResponse:
    assert isinstance(request.user, User)  # only the signed-in come here
    place = made.workspace if made.account.kind == Account.PERSONAL and made.workspace else made.account
    messages.success(request, f"Welcome to {place.name}.")
    return redirect(_inside(made, request.user))


def _inside(made: Invitation, user: User) -> str:
    """The workspace that it led into, else what else there is."""
    place = Workspace.objects.open_to(user).filter(id=made.workspace.id).first() if made.workspace else None
    if place is not None:
        return address(place, "dashboard")
    return f"/account/{made.account_id}/" if made.account.kind == Account.ORGANIZATION else "/workspaces"
