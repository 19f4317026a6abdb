"""Find the doors of the site: every operation of the API and every page, by the URL patterns."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from core.rest.views import ApiView

# Django's own gate lets operators in, who may see all tenants.
_OPERATORS = "admin/"


@dataclass(frozen=True)
class Door:
    """A method of an address. `body` is the JSON Schema of the body, and `query` the names of declared parameters."""

    method: str
    route: str  # with <name> for each part that varies
    is_operation: bool
    body: Any = None
    query: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def parts(self) -> list[str]:
        """The names of the parts of the address that vary."""
        return re.findall(r"<(\w+)>", self.route)


def patterns(resolver: URLResolver | None = None, above: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Return the URL patterns with their addresses, without the admin and without second spellings of an address."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = re.sub(r"<\w+:(\w+)>", r"<\1>", above + str(entry.pattern))
        if isinstance(entry, URLResolver):
            if str(entry.pattern) != _OPERATORS:
                yield from patterns(entry, route)
        elif not getattr(entry.callback, "other_spelling", False):
            yield route, entry


def find_doors() -> list[Door]:
    """Return all doors: operations with each of their methods, pages to open and to submit."""
    doors = []
    described = openapi_document()["paths"]
    for route, entry in patterns():
        view: Any = getattr(entry.callback, "cls", None)
        if view is None or not issubclass(view, ApiView):
            doors += [Door(method, route, is_operation=False) for method in ("GET", "POST")]
            continue
        operations = described.get(re.sub(r"<(\w+)>", r"{\1}", route), {})
        for method in view.http_method_names:
            if hasattr(view, method):
                doors.append(_operation(method, route, operations.get(method, {})))
    return doors


@cache
def openapi_document() -> Mapping[str, Any]:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]  # untyped
    document: Mapping[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # untyped
    return document


def _operation(method: str, route: str, described: Mapping[str, Any]) -> Door:
    content = described.get("requestBody", {}).get("content", {})
    query = tuple(one["name"] for one in described.get("parameters", []) if one["in"] == "query")
    return Door(method.upper(), route, True, content.get("application/json", {}).get("schema"), query)
