"""The time zone in which pages show times to the person who reads them."""

from django.http import HttpRequest

from accounts.models import User
from core.pages.time_zones import UTC, TimeZone, find_time_zone

# The cookie in which a script stores the time zone of the browser (`static/js/kit.js`).
COOKIE = "bailiwick_time_zone"
# A request header with the time zone of the open page, so that parts loaded later use the same one.
HEADER = "X-Time-Zone"


def shown_time_zone(request: HttpRequest) -> TimeZone:
    """Return the time zone to show times in: that of the open page, UTC, or the reader's."""
    of_page = find_time_zone(request.headers.get(HEADER, ""))
    if of_page:
        return of_page
    person = _signed_in_user(request)
    return UTC if person and person.shows_utc else own_time_zone(request)


def own_time_zone(request: HttpRequest) -> TimeZone:
    """Return the time zone that the person chose or, without a choice, that of the browser. UTC if it is unknown."""
    person = _signed_in_user(request)
    chosen = find_time_zone(person.time_zone) if person else None
    return chosen or browser_time_zone(request) or UTC


def browser_time_zone(request: HttpRequest) -> TimeZone | None:
    """Return the time zone of the browser, or None if it sent none that is known."""
    return find_time_zone(request.COOKIES.get(COOKIE, ""))


def mail_time_zone(recipient: User | None) -> TimeZone:
    """Return the time zone that the recipient chose, or UTC: the time zone of their browser is not stored."""
    chosen = find_time_zone(recipient.time_zone) if recipient and not recipient.shows_utc else None
    return chosen or UTC


def _signed_in_user(request: HttpRequest) -> User | None:
    """Return the signed-in user, or None. Requests that middleware refuses early have no `user`."""
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None
