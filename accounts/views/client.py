"""`prefect cloud login` in a browser: consent, then a key handed to the command line that waits on this machine."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.pages import PersonRequest, signed_in
from accounts.views.keys import make_once

KEY_LIFE = timedelta(days=30)
_LOOPBACK = {"localhost", "127.0.0.1"}


@signed_in
@require_safe
def consent(request: PersonRequest) -> HttpResponse:
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
    callback = local_callback(request.POST.get("callback", ""))
    if callback is None:
        return render(request, "accounts/client_refused.html", status=400)
    made = make_once(request, name=_key_name(), expires_at=timezone.now() + KEY_LIFE)
    if made is None:
        return _hand_over(request, callback, "accounts/client_again.html", status=409)
    return _hand_over(request, callback, "accounts/client_done.html", value=made[1])


@signed_in
@require_POST
def deny(request: PersonRequest) -> HttpResponse:
    callback = local_callback(request.POST.get("callback", ""))
    if callback is None:
        return render(request, "accounts/client_refused.html", status=400)
    return _hand_over(request, callback, "accounts/client_denied.html")


def local_callback(text: str) -> str | None:
    """`http://localhost:<port>` or `http://127.0.0.1:<port>`, and nothing else: a key must not leave the machine."""
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
    """A page whose script alone may speak to the waiting command line."""
    response = render(request, template, {"callback": callback, "value": value}, status=status)
    response["Cache-Control"] = "no-store"
    response._csp_update = {"connect-src": callback}  # type: ignore[attr-defined]  # read by django-csp
    return response


def _key_name() -> str:
    return f"Command line, {timezone.now():%-d %b %Y}"
