"""Error pages. Signed-in people keep their navigation; everybody else gets a plain page."""

import logging
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from redis import RedisError

logger = logging.getLogger("bailiwick.pages")

_PLAIN = "layouts/plain.html"
_TITLES = {
    403: ("You don't have access", "lock"),
    404: ("Page not found", "map"),
    409: ("Nothing was changed", "triangle-alert"),
    422: ("Nothing was changed", "triangle-alert"),
    429: ("Too many requests", "hourglass"),
}


def error_page(
    request: HttpRequest, status: int, template: str = "", *, title: str = "", icon: str = "", **context: Any
) -> HttpResponse:
    """Return an error page with the navigation of the page that failed.

    `template` is `<status>.html` by default. If the navigation cannot be rendered, for example because the database is
    unavailable, the page is plain.
    """
    usual_title, usual_icon = _TITLES[status]
    context |= {"status": status, "title": title or usual_title, "icon": icon or usual_icon}
    context["request_id"] = getattr(request, "request_id", "")
    template = template or f"{status}.html"
    logger.info("%s for %s %r", status, request.method, request.path, extra={"request": request})
    try:
        html = _page(request, template, context)
    except (DatabaseError, RedisError, OSError):  # what the navigation reads is away
        logger.exception("The navigation of an error page could not be rendered.", extra={"request": request})
        html = render_to_string(template, {**context, "layout": _PLAIN})
    response = HttpResponse(html, status=status)
    add_never_cache_headers(response)
    return response


def too_many_requests(request: HttpRequest, wait: int) -> HttpResponse:
    """Return the 429 page. `wait` is the number of seconds after which to try again."""
    response = error_page(request, 429, retry_after=wait)
    response["Retry-After"] = str(wait)
    return response


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> str:
    if "HX-Request" in request.headers or "X-Poll" in request.headers:
        return render_to_string("components/error_part.html", context, request)
    layout = _layout(request)
    return render_to_string(template, {**context, "layout": layout, "back": _previous_page(request)}, request)


def _layout(request: HttpRequest) -> str:
    """Return the layout template for the workspace or account that the request was authorized for."""
    if not request.user.is_authenticated:
        return _PLAIN
    if hasattr(request, "access"):
        return "layouts/workspace.html"
    return "layouts/account.html" if hasattr(request, "account_access") else "layouts/site.html"


def _previous_page(request: HttpRequest) -> str:
    """Return the URL of the referring page if it belongs to this site, or an empty string."""
    referrer = request.headers.get("Referer", "")
    if referrer == request.build_absolute_uri():
        return ""
    ours = url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure())
    return referrer if ours else ""
