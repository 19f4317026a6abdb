"""`prefect cloud login` in the browser: consent, then pass a key to the waiting command line."""

from datetime import timedelta
from typing import cast
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.pages import PersonRequest, signed_in
from accounts.views.keys import create_own_key
from core.pages.times import day

KEY_LIFE = timedelta(days=30)  # of the key that is created for the command line
_LOOPBACK = {"localhost", "127.0.0.1"}


@signed_in
@require_safe
def consent(request: PersonRequest) -> HttpResponse:
    """Ask whether to create a key for the command line, which waits for it at the URL `callback`."""
    callback = local_callback(request.GET.get("callback", ""))
    if callback is None:
        return render(request, "accounts/client_refused.html", status=400)
    expires = timezone.now() + KEY_LIFE
    return render(
        request, "accounts/client.html", {"callback": callback, "key_name": _key_name(), "expires_at": expires}
    )


@signed_in
@require_POST
def authorize(request: PersonRequest) -> HttpResponse:
    """Create a key and pass it to the command line."""
    callback = local_callback(request.POST.get("callback", ""))
    if callback is None:
        return render(request, "accounts/client_refused.html", status=400)
    try:
        created = create_own_key(request, name=_key_name(), expires_at=timezone.now() + KEY_LIFE)
    except ValidationError as error:
        return render(request, "accounts/client_limit.html", {"problem": error.messages[0]}, status=422)
    if created is None:
        return _hand_over(request, callback, "accounts/client_again.html", status=409)
    return _hand_over(request, callback, "accounts/client_done.html", value=created[1])


@signed_in
@require_POST
def deny(request: PersonRequest) -> HttpResponse:
    """Let the command line know that it gets no key."""
    callback = local_callback(request.POST.get("callback", ""))
    if callback is None:
        return render(request, "accounts/client_refused.html", status=400)
    return _hand_over(request, callback, "accounts/client_denied.html")


def local_callback(text: str) -> str | None:
    """Return the callback's origin if it is on this machine, else None: a key must not leave the machine."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    origin = f"http://{parts.hostname}:{port}"
    if parts.hostname not in _LOOPBACK or not port or text.lower() not in {origin, f"{origin}/"}:
        return None
    return origin


def _hand_over(
    request: PersonRequest, callback: str, template: str, *, value: str = "", status: int = 200
) -> HttpResponse:
    """Render a page whose script may contact the waiting command line."""
    response = render(request, template, {"callback": callback, "value": value}, status=status)
    response["Cache-Control"] = "no-store"
    # A decorator, as that is django-csp's public way to change the policy of one response.
    allow_callback = csp_update({"connect-src": callback})
    return cast(HttpResponse, allow_callback(lambda request: response)(request))


def _key_name() -> str:
    return f"Command line, {day(timezone.now())}"
