"""What pages of signed-in people share: the request's type, the way to sign in, and forms that act once."""

import hashlib
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers

from accounts.models import User

P = ParamSpec("P")
Made = TypeVar("Made")
_KEPT = 600  # seconds a form's token is remembered
_PATIENCE = 5.0  # seconds the second click waits for the first one's answer
_DOUBLE_CLICK = 5.0  # seconds in which the same form again is a double click
_SECRET_KEPT = 3600


class PersonRequest(HttpRequest):
    """A request of somebody signed in."""

    user: User


View = Callable[Concatenate[PersonRequest, P], HttpResponseBase]


def signed_in(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Ask to sign in first, then come back here. What the page says of a person is kept by no cache."""

    @wraps(view)
    def page(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        response = view(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return page


def sent_once(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A form sent twice by a double click acts once: the second answer leads where the first one led."""

    @wraps(view)
    def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        place = once_place(request)
        if place is None:
            return view(request, *args, **kwargs)
        if not cache.add(place, "", _KEPT) and (address := first_answer(place)):
            return HttpResponseRedirect(address)
        try:
            response = view(request, *args, **kwargs)
        except BaseException:  # whatever went wrong, the form may be sent again
            cache.delete(place)
            raise
        if isinstance(response, HttpResponseRedirect):
            cache.set(place, response.url, _KEPT)
        else:
            cache.delete(place)
        return response

    return page


def secret_once(
    request: HttpRequest, make: Callable[[], tuple[UUID, Made]], again: Callable[[UUID], tuple[UUID, Made]]
) -> Made | None:
    """What `make` made, to be shown by this answer alone; both give an id to remember it by.

    The second answer of a double click is the one that people see, so `again` puts another secret in the place of the
    first one, which nobody saw. When the same form comes again later, None.
    """
    place, earlier = once_place(request), ""
    if place is not None and not cache.add(place, "", _SECRET_KEPT):
        earlier = first_answer(place)
    try:
        if earlier:
            made_id, _, made_at = earlier.partition(" ")
            if time.time() - float(made_at) > _DOUBLE_CLICK:
                return None
            made_id_now, made = again(UUID(made_id))
        else:
            made_id_now, made = make()
    except BaseException:  # whatever went wrong, the form may be sent again
        if place is not None:
            cache.delete(place)
        raise
    if place is not None:
        cache.set(place, f"{made_id_now} {time.time()}", _SECRET_KEPT)
    return made


def once_place(request: HttpRequest) -> str | None:
    """Where the answer to this sending of a form is remembered; None when the form carries no token.

    The same form with other contents has another place: who goes back and corrects it means it.
    """
    if request.method != "POST" or not request.POST.get("once"):
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
    """What the first click left; waits for it while it works. Empty when it failed."""
    give_up = time.monotonic() + _PATIENCE
    while time.monotonic() < give_up:
        answer: str | None = cache.get(place)
        if answer is None:
            return ""
        if answer:
            return answer
        time.sleep(0.05)
    return ""
