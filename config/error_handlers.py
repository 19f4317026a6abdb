"""Error handlers for Django and allauth: JSON below /api, pages elsewhere."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseServerError
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes

from accounts.services.addresses import Unconfirmed, is_confirmed
from core.pages.error_pages import error_page, too_many_requests
from core.rest.errors import not_found as api_not_found
from core.rest.errors import server_error as api_server_error
from orgs.pages import usage_address
from orgs.plans import FeatureOff

# The period of all rate limits of allauth that respond with a page.
_ALLAUTH_SECONDS = 60


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the message of the exception, or a page of its own for an unconfirmed address or a feature of plans."""
    if isinstance(exception, Unconfirmed) and request.user.is_authenticated:
        own = not is_confirmed(request.user)
        return error_page(
            request,
            403,
            "403_unconfirmed.html",
            title="Confirm your email first",
            icon="mail-warning",
            problem=str(exception),
            own=own,
        )
    if isinstance(exception, FeatureOff):
        return error_page(
            request,
            403,
            "403_plan.html",
            title="Not in your plan",
            icon="gauge",
            problem=str(exception),
            usage=usage_address(request),
        )
    return error_page(request, 403, problem=str(exception))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return api_not_found()
    return _without_trailing_slash(request) or error_page(request, 404)


def rate_limited(request: HttpRequest) -> HttpResponse:
    return too_many_requests(request, _ALLAUTH_SECONDS)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the 500 page. It uses neither the database nor the signed-in person, which may be the cause."""
    if _is_api(request):
        return api_server_error()
    return HttpResponseServerError(render_to_string("500.html", {"request_id": getattr(request, "request_id", "")}))


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _without_trailing_slash(request: HttpRequest) -> HttpResponse | None:
    """Redirect to the URL without trailing slashes, if only that one exists.

    This depends on the URL alone, so that it tells strangers nothing about objects.
    """
    if request.method not in ("GET", "HEAD") or request.resolver_match is not None or request.path[-1] != "/":
        return None
    try:
        resolve(request.path_info.rstrip("/"))
    except Resolver404:
        return None
    query = request.META.get("QUERY_STRING", "")
    address = escape_leading_slashes(escape_uri_path(request.path.rstrip("/")))
    return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)
