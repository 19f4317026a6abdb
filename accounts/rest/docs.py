"""The OpenAPI document and the page that browses it, both from this server alone."""

from functools import cache

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request

from accounts.rest.answers import json_bytes
from accounts.rest.views import PublicView


class OpenApiView(PublicView):
    """For everybody: it says how to call, and nothing of who is here."""

    schema = None

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(_document(), content_type="application/json")


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI, its settings in a script of their own, so that the content policy stays strict."""

    schema = None
    url_name = "openapi"
    template_name = "accounts/rest/docs.html"
    permission_classes = []
    authentication_classes = []


@cache
def _document() -> bytes:
    """Written at the first request: it cannot change while the process lives."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]  # untyped
    return json_bytes(generator.get_schema(public=True))  # type: ignore[no-untyped-call]  # untyped
