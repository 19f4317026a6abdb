"""What pages for signed-in people share: the type of request, the redirect to sign-in, and forms that act once."""

import hashlib
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.session_activity import note_activity

P = ParamSpec("P")
_KEPT = 600  # seconds that a form's token is remembered
_PATIENCE = 5.0  # seconds that a second click waits for the first one's response


class PersonRequest(HttpRequest):
    """A request of a signed-in person."""

    user: User


View = Callable[Concatenate[PersonRequest, P], HttpResponseBase]


def signed_in(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Redirect to sign-in and back unless the person is signed in. Keep the page out of caches."""

    @wraps(view)
    def page(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        note_activity(request)
        response = view(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return page


def next_url(request: HttpRequest, *, default: str = "/") -> str:
    """Return the URL in the form field `next` if it is a path of this site, else the default."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if safe and back.startswith("/") else default


def sent_once(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a form that is sent twice act once: the second response redirects to where the first one did."""

    @wraps(view)
    def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        place = once_place(request)
        if place is None:
            return view(request, *args, **kwargs)
        if not cache.add(place, "", _KEPT) and (address := first_answer(place)):
            return HttpResponseRedirect(address)
        try:
            response = view(request, *args, **kwargs)
        except BaseException:  # the form may be sent again, whatever went wrong
            cache.delete(place)
            raise
        if isinstance(response, HttpResponseRedirect):
            cache.set(place, response.url, _KEPT)
        else:
            cache.delete(place)
        return response

    return page


def once_place(request: HttpRequest) -> str | None:
    """Return the cache key for the response to this form, or None if it has no token or nobody is signed in.

    The same form with other contents has another key, because somebody who goes back and corrects it means it.
    """
    if request.method != "POST" or not request.user.is_authenticated or not request.POST.get("once"):
        return None
    sent = request.POST.copy()
    sent.pop("csrfmiddlewaretoken", None)  # another one each time
    place = hashlib.sha256(f"{request.user.pk} {request.path} {sent.urlencode()}".encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            place.update(f" {name} {file.name} {file.size} ".encode())
            for chunk in file.chunks():
                place.update(chunk)
            file.seek(0)
    return "once:" + place.hexdigest()


def first_answer(place: str) -> str:
    """Return the first click's response, after waiting for it. Returns an empty text if it failed."""
    give_up = time.monotonic() + _PATIENCE
    while time.monotonic() < give_up:
        answer: str | None = cache.get(place)
        if answer is None:
            return ""
        if answer:
            return answer
        time.sleep(0.05)
    return ""
