"""Browsers that people have signed in with before: a signed cookie gives each its own counter of wrong passwords.

The cookie holds a random id of the browser and, for each person, a keyed hash of that id, the person and the password.
It names nobody, becomes invalid when the password changes, and does not sign anybody in.
"""

import secrets
from typing import TypedDict

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

COOKIE = "bailiwick_browser"
_SALT = "accounts.known-browsers"
_LIFE = 365 * 24 * 3600
_MOST_PEOPLE = 5  # in one browser, so that the cookie stays small


class _Browser(TypedDict):
    id: str
    people: list[str]


def known_browser(request: HttpRequest, email: str) -> str:
    """Return the key to count attempts by if the person has signed in with this browser before, else an empty text."""
    browser = _read(request)
    if browser is None or not email:
        return ""
    user = User.objects.filter(email=email.lower()).first()
    if user is None or not _holds(browser, _mark(browser["id"], user)):
        return ""
    return f"{browser['id']} {user.pk}"


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Mark the browser as one that this person has signed in with, until the password changes."""
    before = _read(request)
    browser = before or _Browser(id=secrets.token_urlsafe(18), people=[])
    mark = _mark(browser["id"], user)
    others = [other for other in browser["people"] if other != mark]
    value = signing.dumps(_Browser(id=browser["id"], people=[mark, *others][:_MOST_PEOPLE]), salt=_SALT)
    response.set_cookie(
        COOKIE, value, max_age=_LIFE, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def _read(request: HttpRequest) -> _Browser | None:
    try:
        found: _Browser = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_LIFE)
    except signing.BadSignature:
        return None
    return found


def _mark(browser_id: str, user: User) -> str:
    return salted_hmac(_SALT, f"{browser_id} {user.pk} {user.password}", algorithm="sha256").hexdigest()[:32]


def _holds(browser: _Browser, mark: str) -> bool:
    return any(constant_time_compare(known, mark) for known in browser["people"])
