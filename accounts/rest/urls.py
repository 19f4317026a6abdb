from django.urls import path

from accounts.rest.docs import DocsView, OpenApiView

urlpatterns = [
    path("openapi.json", OpenApiView.as_view(), name="openapi"),
    path("docs", DocsView.as_view(), name="api-docs"),
    path("docs/", DocsView.as_view()),
]
