"""Every address of the site. Pages below /, the account API below /api, each workspace's API below its own root."""

from django.contrib import admin
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, include, path
from django.views.defaults import page_not_found, server_error
from django.views.generic import RedirectView

from accounts.rest.errors import not_found as api_not_found
from accounts.rest.errors import server_error as api_server_error
from workspaces import page_urls as workspaces_page_urls


def favicon(request: HttpRequest) -> HttpResponse:
    """For browsers that ask at the old place."""
    return redirect(staticfiles_storage.url("favicon.svg"))


workspace_api: list[URLPattern | URLResolver] = [
    path("", include("workspaces.runs.api.urls")),
    path("", include("workspaces.concurrency.api_urls")),
    path("", include("workspaces.api_urls")),
    path("", include("workspaces.access_urls")),
]

workspace_pages: list[URLPattern | URLResolver] = [
    path("", include("workspaces.dashboard.page_urls")),
    path("", include("workspaces.runs.page_urls")),
    path("", include("workspaces.page_urls")),
]

account_pages: list[URLPattern | URLResolver] = [
    path("", include("orgs.page_urls")),
    path("", include(workspaces_page_urls.account_urlpatterns)),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/accounts/<uuid:account_id>/workspaces/<uuid:workspace_id>/", include(workspace_api)),
    path("api/", include("accounts.api_urls")),
    path("api/", include("rbac.api_urls")),
    path("api/", include("orgs.api_urls")),
    path("api/", include("workspaces.me_urls")),
    path("api/accounts/<uuid:account_id>/", include("workspaces.account_urls")),
    path("api/", include("accounts.rest.urls")),
    path("account/<uuid:account_id>/workspace/<uuid:workspace_id>/", include((workspace_pages, "workspace"))),
    path("account/<uuid:account_id>/", include((account_pages, "account"))),
    path("", include("orgs.site_urls")),
    path("", include("accounts.page_urls")),
    path("", include(workspaces_page_urls.site_urlpatterns)),
    path("favicon.ico", favicon),
    # Everybody changes their password on the same page, which leaves an entry in the record.
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
]


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return api_not_found()
    return page_not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return api_server_error()
    return server_error(request)
