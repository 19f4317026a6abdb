from django.urls import path

from core.rest.docs import DocsView, OpenApiView
from core.rest.health import HealthView
from core.rest.routes import routes

urlpatterns = [
    *routes(("health", HealthView)),
    path("openapi.json", OpenApiView.as_view(), name="openapi"),
    path("docs", DocsView.as_view(), name="api-docs"),
    path("docs/", DocsView.as_view()),
]
