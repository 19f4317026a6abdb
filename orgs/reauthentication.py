"""How long an authentication counts for an account (cloud-api.md 7); its pages ask for the password afterwards."""

import time

from allauth.account.authentication import get_authentication_records
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import Account, User


def asked_again(request: HttpRequest, account: Account, user: User) -> HttpResponse | None:
    """The way to the password and back here, when it was given too long ago for this account; else None.

    Of the session's own sign-in: somebody's newer one elsewhere makes no old session younger. Keys are not asked.
    """
    lasts = account.auth_expiration_seconds
    if lasts is None or time.time() - _authenticated_at(request, user) < lasts:
        return None
    if request.headers.get("HX-Request"):  # a part of a page: the whole page asks
        return HttpResponseClientRefresh()
    back = _back(request)
    if user.has_usable_password():
        return redirect_to_login(back, reverse("account_reauthenticate"))
    logout(request)
    return redirect_to_login(back)


def _authenticated_at(request: HttpRequest, user: User) -> float:
    records = get_authentication_records(request, user)
    if records:
        return max(float(record["at"]) for record in records)
    return user.last_login.timestamp() if user.last_login else 0.0  # signed in by the Django admin


def _back(request: HttpRequest) -> str:
    """This page; after a form, the page that held it."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    before = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure())
    return before if safe else "/"
