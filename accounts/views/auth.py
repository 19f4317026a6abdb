"""Sign-up, sign-in and passwords: allauth's views, adapted to this site, and the check of a handle."""

from typing import Any
from uuid import uuid4

from allauth.account import views
from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.known_browsers import remember_browser
from accounts.models import Account
from accounts.reset_form import ResetForm
from accounts.services.access import check_access_stands
from accounts.services.handles import check_handle, reserve_handle, suggest_handle
from accounts.services.keys import own_keys, revoke_own_keys
from accounts.sign_up_form import SignUpForm
from core.rest.callers import client_address
from core.rest.rate_limits import count_guess

_CHECKS_PER_MINUTE = 60  # per address; enough for quick typing, too few to try all handles


class _UnprocessableForm:
    """Answer an invalid form with 422, as all pages of the site do."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]  # untyped allauth
        response.status_code = 422
        return response


class _SentenceLabels:
    """Write labels in sentence case, as on all pages of the site: “New password (again)”."""

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)  # type: ignore[misc]  # untyped allauth
        for field in form.fields.values():
            field.label = capfirst(str(field.label).lower())
            field.widget.attrs.pop("placeholder", None)
        return form


class _AtomicPost:
    """Save the change and its audit entry in one transaction."""

    @method_decorator(transaction.atomic)
    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().post(*args, **kwargs)  # type: ignore[misc]  # untyped allauth
        return answer


class SignIn(_UnprocessableForm, views.LoginView):  # type: ignore[misc]  # untyped allauth
    pass


class SignUp(_UnprocessableForm, views.SignupView):  # type: ignore[misc]  # untyped allauth
    form_class = SignUpForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Create user and personal account in one transaction, because the handle may just have been taken."""
        try:
            if form.account_already_exists:
                return self._pretend(form)
            with transaction.atomic():
                answer: HttpResponse = super().form_valid(form)
                return answer
        except ValidationError as error:
            form.add_error("handle", error)
        except IntegrityError:
            form.add_error("handle", "This handle or email was taken a moment ago. Please try another.")
        return self.form_invalid(form)

    def _pretend(self, form: Any) -> HttpResponse:
        """Respond as for a new address, and tell its owner by mail.

        Create an account for an unused address and roll it back, so that the response takes as long. Keep the handle
        reserved, because a free one would reveal that no account was created.
        """
        email, handle = form.cleaned_data["email"], form.cleaned_data["handle"]
        form.account_already_exists = False
        form.cleaned_data["email"] = f"{uuid4()}@sign-up.invalid"
        self.request.pretends_to_sign_up = True
        with transaction.atomic():
            answer: HttpResponse = super().form_valid(form)
            transaction.set_rollback(True)
        self.request.pretends_to_sign_up = False
        reserve_handle(handle)
        get_adapter().send_account_already_exists_mail(email)
        return answer


class Reset(_UnprocessableForm, views.PasswordResetView):  # type: ignore[misc]  # untyped allauth
    form_class = ResetForm


class ResetFromKey(_SentenceLabels, _AtomicPost, _UnprocessableForm, views.PasswordResetFromKeyView):  # type: ignore[misc]  # untyped allauth
    def form_valid(self, form: Any) -> HttpResponse:
        """Also remember the browser, so that guesses made elsewhere do not lock the person out."""
        answer: HttpResponse = super().form_valid(form)
        remember_browser(self.request, answer, form.user)
        return answer


class _AccessRechecked:
    """Refuse the change if the person's access was ended after the request began."""

    @method_decorator(transaction.atomic)
    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            check_access_stands(request.user.as_actor())
            request.user.refresh_from_db()  # allauth saves all columns, which would overwrite concurrent changes
        answer: HttpResponse = super().post(request, *args, **kwargs)  # type: ignore[misc]  # untyped allauth
        return answer


@method_decorator(never_cache, "dispatch")
class ChangePassword(_AccessRechecked, _SentenceLabels, _AtomicPost, _UnprocessableForm, views.PasswordChangeView):  # type: ignore[misc]  # untyped allauth
    def form_valid(self, form: Any) -> HttpResponse:
        """Also revoke all keys if the box is ticked. Other sessions end with every change of the password."""
        answer: HttpResponse = super().form_valid(form)
        words = "Your password is changed, and your other browsers are signed out."
        if "end_keys" in self.request.POST:
            count = revoke_own_keys(form.user, actor=form.user.as_actor())
            words += f" {count} API key{'' if count == 1 else 's'} revoked."
        messages.success(self.request, words)
        remember_browser(self.request, answer, form.user)
        return answer

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        keys = own_keys(self.request.user)
        own = keys.filter(user=self.request.user).count()
        return {**context, "keys": own, "service_account_keys": keys.count() - own}


@method_decorator(never_cache, "dispatch")
class SetPassword(_AccessRechecked, _SentenceLabels, _AtomicPost, _UnprocessableForm, views.PasswordSetView):  # type: ignore[misc]  # untyped allauth
    pass


class Reauthenticate(_UnprocessableForm, views.ReauthenticateView):  # type: ignore[misc]  # untyped allauth
    pass


@require_safe
def handle_check(request: HttpRequest) -> HttpResponse:
    """Show the line below the field of a handle while somebody types."""
    return handle_note(request)


def handle_note(request: HttpRequest, account: Account | None = None) -> HttpResponse:
    """Say whether the handle is free for a new account, or for `account`, which may take back a former one."""
    if count_guess("handle", client_address(request), _CHECKS_PER_MINUTE):
        return HttpResponse(status=429)  # htmx then leaves the line unchanged
    handle = request.GET.get("handle", "").strip().lower()[:200]
    note: dict[str, object] = {"handle": handle}
    if handle and not (account and handle == account.handle):
        try:
            check_handle(handle, account=account)
            note["free"] = True
        except ValidationError as error:
            note["problem"] = error.messages[0]
            note["suggestion"] = suggest_handle(handle)
    return render(request, "components/handle_note.html", note)
