"""Signing up and in: allauth's views, which answer refused forms with 422, and the check of a handle."""

from typing import Any

from allauth.account import views
from allauth.core.internal import ratelimit
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.services.handles import check_handle, suggest_handle

_CHECKS = {"handle": "60/m/ip"}  # quick typing stays below; going through the handles of a site does not


class _Refusing:
    """A form that cannot be taken is answered with 422, as everywhere on the site."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]  # untyped allauth
        response.status_code = 422
        return response


class _Sentences:
    """Labels written as everywhere on the site: “New password (again)”."""

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)  # type: ignore[misc]  # untyped allauth
        for field in form.fields.values():
            field.label = capfirst(str(field.label).lower())
            field.widget.attrs.pop("placeholder", None)
        return form


class _Whole:
    """The change and its entry in the record together or not at all."""

    @method_decorator(transaction.atomic)
    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().post(*args, **kwargs)  # type: ignore[misc]  # untyped allauth
        return answer


class SignIn(_Refusing, views.LoginView):  # type: ignore[misc]  # untyped allauth
    pass


class SignUp(_Refusing, views.SignupView):  # type: ignore[misc]  # untyped allauth
    def form_valid(self, form: Any) -> HttpResponse:
        """User and personal account together or not at all: the handle may have gone to somebody a moment ago."""
        try:
            with transaction.atomic():
                answer: HttpResponse = super().form_valid(form)
                return answer
        except ValidationError as error:
            form.add_error("handle", error)
        except IntegrityError:
            form.add_error("handle", "This handle or email was taken a moment ago. Please try another.")
        return self.form_invalid(form)


class Reset(_Refusing, views.PasswordResetView):  # type: ignore[misc]  # untyped allauth
    pass


class ResetFromKey(_Sentences, _Whole, _Refusing, views.PasswordResetFromKeyView):  # type: ignore[misc]  # untyped allauth
    pass


@method_decorator(never_cache, "dispatch")
class ChangePassword(_Sentences, _Whole, _Refusing, views.PasswordChangeView):  # type: ignore[misc]  # untyped allauth
    pass


@method_decorator(never_cache, "dispatch")
class SetPassword(_Sentences, _Whole, _Refusing, views.PasswordSetView):  # type: ignore[misc]  # untyped allauth
    pass


class ConfirmEmail(_Whole, views.ConfirmEmailView):  # type: ignore[misc]  # untyped allauth
    pass


class Reauthenticate(_Refusing, views.ReauthenticateView):  # type: ignore[misc]  # untyped allauth
    pass


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """The line under a handle's field while somebody types."""
    return handle_note(request)


def handle_note(request: HttpRequest, account: Account | None = None) -> HttpResponse:
    """Whether the handle asked for is free: for somebody new, or for an account that may take back one of its own."""
    if not ratelimit.consume(request, app="accounts", action="handle", config=_CHECKS, limit_get=True):
        return HttpResponse(status=429)  # htmx leaves the line as it is
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
