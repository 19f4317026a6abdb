"""Pages that need a recent sign-in: they ask for the password again if the sign-in of this session is older."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User

RECENT = 600  # seconds


def recently_signed_in(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Ask for the password before the page if the sign-in of this session is older than ten minutes."""

    @wraps(view)
    def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and time.time() - signed_in_at(request, request.user) >= RECENT:
            return ask_for_password(request, request.user)
        return view(request, *args, **kwargs)

    return page


def signed_in_at(request: HttpRequest, user: User) -> float:
    """Return when the person last authenticated in this session, in seconds since 1970.

    A newer sign-in in another browser does not count.
    """
    records = get_authentication_records(request, user)
    if records:
        return max(float(record["at"]) for record in records)
    return user.last_login.timestamp() if user.last_login else 0.0


def ask_for_password(request: HttpRequest, user: User) -> HttpResponse:
    """Redirect to the page that asks for the password, and from there back to this page."""
    return_url = _return_url(request)
    if user.has_usable_password():
        return redirect_to_login(return_url, reverse("account_reauthenticate"))
    logout(request)
    return redirect_to_login(return_url)


def _return_url(request: HttpRequest) -> str:
    """Return the URL of the page or, if a form was submitted, of the page with the form."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    referrer = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure())
    return referrer if safe else "/"
