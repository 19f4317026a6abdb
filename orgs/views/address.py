"""Pages that prove an email address by a mailed link, and show what access was ended by that."""

from dataclasses import asdict
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, get_emailconfirmation_model
from allauth.account.stages import EmailVerificationStage, LoginStage, LoginStageController
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Account, User
from accounts.services.addresses import is_confirmed
from accounts.services.sessions import browser_of, renew_session
from accounts.views import auth
from core.errors import Taken
from orgs.account_restrictions import refusal
from orgs.services.address_change import change_address
from orgs.services.locks import lock_person
from orgs.services.recovery import EndedAccess, prove_address, recover_account

_ENDED = "access_ended"  # the key in the session, until the next page has shown it


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, key: str) -> HttpResponse:
    """Confirm an email address on POST, if the person is signed in or was asked to confirm it during the sign-in.

    Opening the link changes nothing, because mail filters open links, too.
    """
    confirmation = get_emailconfirmation_model().from_key(key)
    if confirmation is None:
        return render(request, "account/email_confirm.html")
    user: User = confirmation.email_address.user
    if confirmation.email_address.email.lower() != user.email.lower():
        return _confirm_new_address(request, confirmation.email_address)
    stage = _waiting_sign_in(request, user)
    is_person = request.user.pk == user.pk if request.user.is_authenticated else stage is not None
    browser = browser_of(request, user)
    if request.method != "POST" or not is_person:
        context = {"email": user.email, "mine": is_person, "link": request.path, "signed_up": browser.signed_up}
        return render(request, "account/email_confirm.html", context, status=403 if request.method == "POST" else 200)
    ended = prove_address(user, browser=browser)
    if ended is None:
        return render(request, "account/email_confirm.html")
    if stage is not None:
        response: HttpResponse = stage.exit()
        if response.get("Location") == request.path:  # this page had asked to sign in
            response = redirect("home")
    else:
        renew_session(request, user)
        response = redirect("home")
    if ended:
        _store_ended_access(request, ended)
        return redirect("account_confirm_email_done")
    messages.success(request, f"{user.email} is confirmed.")
    return response


def _confirm_new_address(request: HttpRequest, address: EmailAddress) -> HttpResponse:
    """Change the person's email address on POST. They must be signed in and allowed to see their profile."""
    user: User = address.user
    browser = browser_of(request, user)
    is_person = request.user.is_authenticated and request.user.pk == user.pk
    account: Account | None = getattr(user, "personal_account", None)
    if is_person and account is not None and (refused := refusal(request, account)) is not None:
        return refused
    context = {
        "email": address.email,
        "mine": is_person,
        "changes": user.email,
        "link": request.path,
        "signed_up": browser.signed_up or is_confirmed(user),
    }
    if request.method != "POST" or not is_person:
        return render(request, "account/email_confirm.html", context, status=403 if request.method == "POST" else 200)
    try:
        ended = change_address(user, address, browser=browser)
    except Taken:
        ended = None
    if ended is None:
        return render(request, "account/email_confirm.html")
    renew_session(request, user)
    if ended:
        _store_ended_access(request, ended)
        return redirect("account_confirm_email_done")
    messages.success(request, f"Your email address is now {address.email}.")
    return redirect("profile")


@never_cache
@require_safe
def confirmed(request: HttpRequest) -> HttpResponse:
    """Show once what access was ended by the confirmation."""
    ended = pop_ended_access(request)
    return render(request, "account/email_confirm_done.html", {"ended": ended}) if ended else redirect("home")


class ResetFromKey(auth.ResetFromKey):
    """Set a new password from a mailed link and sign in. This confirms the address and ends all earlier access."""

    reset_user: User | None

    @method_decorator(transaction.atomic)
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lock the person before checking the link, so that it works only once even if two people use it at once."""
        assert self.reset_user is not None  # `dispatch` responds to links that do not work
        self.reset_user = lock_person(self.reset_user)
        if self.reset_user is None or not default_token_generator.check_token(self.reset_user, self.key):
            response: HttpResponse = self.render_to_response(self.get_context_data(token_fail=True))
            return response
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        user: User = form.user
        self.request.ended = ended = recover_account(user)  # for the notification mail, which lists it as well
        if self.request.user.is_authenticated:
            logout(self.request)  # this session was ended like the others
        response: HttpResponse = super().form_valid(form)
        _store_ended_access(self.request, ended)
        if self.request.user.is_authenticated:  # allauth has signed in, unless the person is suspended
            response["Location"] = reverse("account_reset_password_from_key_done")
        return response


@never_cache
@require_safe
def reset_done(request: HttpRequest) -> HttpResponse:
    return render(request, "account/password_reset_from_key_done.html", {"ended": pop_ended_access(request)})


def pop_ended_access(request: HttpRequest) -> EndedAccess | None:
    """Return what was just ended in this browser, and remove it from the session."""
    counts = request.session.pop(_ENDED, None)
    return EndedAccess(**counts) if counts else None


def _store_ended_access(request: HttpRequest, ended: EndedAccess) -> None:
    if ended:
        request.session[_ENDED] = asdict(ended)


def _waiting_sign_in(request: HttpRequest, user: User) -> LoginStage | None:
    """Return the person's sign-in that waits in the session until the address is confirmed, if confirming is mandatory.

    The person entered the password or has just signed up.
    """
    if request.user.is_authenticated:
        return None
    stage = LoginStageController.enter(request, EmailVerificationStage.key)
    return stage if stage is not None and stage.login.user and stage.login.user.pk == user.pk else None
