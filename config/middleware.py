"""Requests of programs skip what only pages need: sessions, CSRF, messages, content policy, compression."""

from collections.abc import Callable
from typing import cast

from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

PAGES_BELOW_API = ("/api/docs",)
PAGE_BODY_BYTES = 4 * 1024 * 1024  # a picture has 2 MB at most


class BodyLimit:
    """Refuses what is larger than any form of the site before anything reads it: uploads would fill the disk.

    Servers hand on no more of a body than its announced length, so that is what counts.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.below = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > PAGE_BODY_BYTES:
            return HttpResponse("What was sent is larger than 4 MB.\n", status=413, content_type="text/plain")
        return self.below(request)


class ApiBypass(BaseHandler):
    """Answers `/api/...` by the resolved view itself, everything else by the middleware below.

    The API authenticates each call by its key and never by a cookie, so none of that middleware guards it; it
    would cost as much as the view.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.below = get_response
        self._view_middleware: list[object] = []
        self._template_response_middleware: list[object] = []
        self._exception_middleware: list[object] = []
        self.direct = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]  # the stubs leave it out

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path.startswith("/api/") and not path.startswith(PAGES_BELOW_API):
            return cast(HttpResponseBase, self.direct(request))
        return self.below(request)
