"""The OpenAPI document and the page that shows it. Both load nothing from other servers."""

from functools import cache
from typing import Any

import orjson
from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request

from core.rest.responses import json_bytes
from core.rest.views import PublicView


class OpenApiView(PublicView):
    """The OpenAPI document, for everybody: it contains no data."""

    schema = None

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(_document(), content_type="application/json")


class DocsView(SpectacularSwaggerSplitView):
    """A list of all operations. With `?interactive` it is Swagger UI, which loads half a megabyte.

    Swagger UI gets its settings in a separate script, which the content security policy allows.
    """

    schema = None
    url_name = "openapi"
    template_name = "accounts/rest/docs.html"
    permission_classes = []
    authentication_classes = []

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        if "interactive" in request.GET or "script" in request.GET:
            return super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # untyped
        return render(request._request, "accounts/rest/operations.html", {"groups": _operations()})


@cache
def _operations() -> dict[str, list[dict[str, str]]]:
    """Return the operations by their tag, for the page that lists them."""
    groups: dict[str, list[dict[str, str]]] = {}
    for path, methods in orjson.loads(_document())["paths"].items():
        for method, operation in methods.items():
            known = {"method": method.upper(), "path": path, **operation}
            groups.setdefault(operation["tags"][0], []).append(known)
    return dict(sorted(groups.items()))


@cache
def _document() -> bytes:
    """Return the document, which is generated once per process."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]  # untyped
    return json_bytes(generator.get_schema(public=True))  # type: ignore[no-untyped-call]  # untyped
