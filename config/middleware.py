"""Middleware that limits bodies, shows times in the reader's zone, and lets the API skip what only pages need."""

from collections.abc import Callable
from typing import cast

from django.contrib import admin
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.reader_zone import shown_time_zone
from core.db import tenants
from core.db.statements import took_too_long
from core.errors import Conflict, Invalid, NotFound
from core.pages.error_pages import error_page

PAGES_BELOW_API = ("/api/docs",)
PAGE_BODY_BYTES = 4 * 1024 * 1024  # a picture has 2 MB at most


class BodyLimit:
    """Refuse a body larger than any form before it is read, because uploads would fill the disk.

    The announced length counts, because servers do not pass on more of a body than that.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.below = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > PAGE_BODY_BYTES:
            return HttpResponse("What was sent is larger than 4 MB.\n", status=413, content_type="text/plain")
        return self.below(request)


class ReaderTimeZone:
    """Activate the reader's time zone, so that pages show times in it and forms read them in it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.below = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(shown_time_zone(request)):
            return self.below(request)


class OperatorsReachAll:
    """Let requests of operators to the admin reach the rows of all tenants (`core.db.tenants`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.below = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/admin/") or not admin.site.has_permission(request):
            return self.below(request)
        with tenants.reaching_all():
            return self.below(request)


class PageErrors:
    """Turn exceptions of pages into error pages: slow queries, and errors that a view did not handle.

    These occur, for example, when one request deletes a team while another adds a member to it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.below = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.below(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if took_too_long(exception):
            problem = "Ask for less: choose a shorter time or add a filter."
            return error_page(request, 422, "409.html", title="This takes too long", icon="hourglass", problem=problem)
        if isinstance(exception, NotFound):
            return error_page(request, 404)
        if isinstance(exception, Invalid):
            status = 409 if isinstance(exception, Conflict) else 422
            return error_page(request, status, "409.html", problem=" ".join(exception.messages))
        return None


class ApiBypass(BaseHandler):
    """Handle `/api/...` with the view itself, and everything else with the rest of the middleware.

    The API authenticates each call by key and never by cookie, so that middleware (sessions, CSRF, messages, content
    policy, compression) does not protect it. It would cost as much as the view.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.below = get_response
        self._view_middleware: list[object] = []
        self._template_response_middleware: list[object] = []
        self._exception_middleware: list[object] = []
        # Not public: what BaseHandler calls below all middleware. It resolves the address and calls the view.
        self.direct = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]  # the stubs leave it out

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path.startswith("/api/") and not path.startswith(PAGES_BELOW_API):
            return cast(HttpResponseBase, self.direct(request))
        return self.below(request)
