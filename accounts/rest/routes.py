"""Both spellings of an address, with and without the trailing slash: a redirect would turn a POST into a GET."""

from typing import Any

from django.urls import URLPattern, path
from rest_framework.views import APIView

Endpoint = tuple[str, str, str, Any]


def routes(*pairs: tuple[str, type[APIView]]) -> list[URLPattern]:
    """Patterns for (route, view class), each in both spellings. The one given here is the documented one.

    All canonical spellings stand first: the resolver tries them in order, so put the busiest on top.
    """
    return [path(route, view.as_view()) for route, view in pairs] + [_other(route, view) for route, view in pairs]


def one_spelling_each(endpoints: list[Endpoint]) -> list[Endpoint]:
    """drf-spectacular's hook: the OpenAPI document names each operation once."""
    return [endpoint for endpoint in endpoints if not getattr(endpoint[3], "other_spelling", False)]


def _other(route: str, view: type[APIView]) -> URLPattern:
    callback = view.as_view()
    callback.other_spelling = True  # type: ignore[attr-defined]  # read by the hook below
    return path(route.removesuffix("/") if route.endswith("/") else f"{route}/", callback)
