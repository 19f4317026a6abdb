"""Routes with and without the trailing slash: a redirect would turn a POST into a GET."""

from typing import Any

from django.urls import URLPattern, URLResolver, include, path
from rest_framework.views import APIView

Endpoint = tuple[str, str, str, Any]


def routes(*pairs: tuple[str, type[APIView]]) -> list[URLPattern]:
    """Return URL patterns for (route, view class), each with and without the slash. The given one is documented.

    The given ones come first. Patterns are tried in order, so list the busiest first.
    """
    return [path(route, view.as_view()) for route, view in pairs] + [_other(route, view) for route, view in pairs]


def routes_below(prefix: str, *pairs: tuple[str, type[APIView]]) -> list[URLPattern | URLResolver]:
    """The same for addresses that all begin with `prefix/`, which is compared once: other addresses pay for one.

    An empty route is the prefix itself.
    """
    roots = [view for route, view in pairs if not route]
    below = routes(*((route, view) for route, view in pairs if route))
    patterns = [*(path("", view.as_view()) for view in roots), *below]
    return [path(f"{prefix}/", include(patterns)), *(_other(f"{prefix}/", view) for view in roots)]


def one_spelling_each(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Leave out the other spellings. drf-spectacular calls this, so that each operation is documented once."""
    return [endpoint for endpoint in endpoints if not getattr(endpoint[3], "other_spelling", False)]


def _other(route: str, view: type[APIView]) -> URLPattern:
    callback = view.as_view()
    callback.other_spelling = True  # type: ignore[attr-defined]  # read by the hook below
    return path(route.removesuffix("/") if route.endswith("/") else f"{route}/", callback)
