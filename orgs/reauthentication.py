"""The maximum age of a sign-in that an account accepts. Its pages ask for the password when a sign-in is older.

See docs/contract/cloud-api.md, "Age of a sign-in".
"""

import time

from django.http import HttpRequest, HttpResponse
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import Account, User
from accounts.recent_sign_in import ask_for_password, signed_in_at


def reauthentication_response(
    request: HttpRequest, account: Account, user: User, *, least: int = 0
) -> HttpResponse | None:
    """Return a redirect to the page that asks for the password, or None if the sign-in is recent enough.

    Only the sign-in of this session counts, not a newer one in another browser. A sign-in of the last `least` seconds
    is always recent enough. API keys are not affected.
    """
    if not sign_in_is_too_old(request, account, user, least=least):
        return None
    if request.headers.get("HX-Request"):  # a part of a page: reload the whole page, which is then redirected
        return HttpResponseClientRefresh()
    return ask_for_password(request, user)


def sign_in_is_too_old(request: HttpRequest, account: Account, user: User, *, least: int = 0) -> bool:
    """Return whether the sign-in of this session is older than the account accepts, and than `least` seconds."""
    accepted = account.auth_expiration_seconds
    return accepted is not None and time.time() - signed_in_at(request, user) >= max(accepted, least)
