"""The URLs of the site: pages below /, the account API below /api, and each workspace's API below its own base."""

from django.contrib import admin
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from config import error_handlers
from config.service_health import ServicesHealthView
from transfers import api_urls as transfers_api_urls
from transfers import page_urls as transfers_page_urls
from workspaces.audit_log import page_urls as audit_log_page_urls
from workspaces.directory import page_urls as workspaces_page_urls
from workspaces.retention import page_urls as retention_page_urls
from workspaces.trash import page_urls as trash_page_urls
from workspaces.work_pools import api_urls as work_pool_urls


def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect browsers that request the default icon."""
    return redirect(staticfiles_storage.url("favicon.svg"))


workspace_api: list[URLPattern | URLResolver] = [
    path("", include("workspaces.flows.api_urls")),
    path("", include("workspaces.runs.api_urls")),
    path("", include("workspaces.deployments.api_urls")),
    path("", include("workspaces.scheduling.api_urls")),
    path("", include("workspaces.work_pools.api_urls")),
    path("", include("workspaces.variables.api_urls")),
    path("", include("workspaces.saved_searches.api_urls")),
    path("", include("workspaces.concurrency.api_urls")),
    path("", include("workspaces.api_urls")),
    path("", include("workspaces.access.api_urls")),
    path("", include(transfers_api_urls.workspace_urlpatterns)),
]

workspace_pages: list[URLPattern | URLResolver] = [
    path("", include("workspaces.dashboard.page_urls")),
    path("", include("workspaces.runs.page_urls")),
    path("", include("workspaces.flows.page_urls")),
    path("", include("workspaces.deployments.page_urls")),
    path("", include("workspaces.pool_pages.page_urls")),
    path("", include("workspaces.variables.page_urls")),
    path("", include("workspaces.saved_searches.page_urls")),
    path("", include("workspaces.retention.page_urls")),
    path("", include("workspaces.directory.page_urls")),
    path("", include(transfers_page_urls.urlpatterns)),
]

account_pages: list[URLPattern | URLResolver] = [
    path("", include("orgs.page_urls")),
    path("", include(workspaces_page_urls.account_urlpatterns)),
    path("", include(audit_log_page_urls.account_urlpatterns)),
    path("", include(transfers_page_urls.account_urlpatterns)),
    path("", include(trash_page_urls.account_urlpatterns)),
    path("", include(retention_page_urls.account_urlpatterns)),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/accounts/<uuid:account_id>/workspaces/<uuid:workspace_id>/", include(workspace_api)),
    path("api/", include("accounts.api_urls")),
    path("api/", include("rbac.api_urls")),
    path("api/", include("orgs.api_urls")),
    path("api/", include("workspaces.directory.me_urls")),
    path("api/", include("workspaces.trash.me_urls")),
    path("api/accounts/<uuid:account_id>/", include("workspaces.directory.account_urls")),
    path("api/accounts/<uuid:account_id>/", include("workspaces.account_events.account_urls")),
    path("api/accounts/<uuid:account_id>/", include(transfers_api_urls.account_urlpatterns)),
    path("api/accounts/<uuid:account_id>/", include("workspaces.trash.account_urls")),
    path("api/accounts/<uuid:account_id>/", include("workspaces.retention.account_urls")),
    path("api/", include(work_pool_urls.site_urlpatterns)),
    path("api/health/services", ServicesHealthView.as_view()),
    path("api/", include("core.rest.urls")),
    path("account/<uuid:account_id>/workspace/<uuid:workspace_id>/", include((workspace_pages, "workspace"))),
    path("account/<uuid:account_id>/", include((account_pages, "account"))),
    path("", include("orgs.site_urls")),
    path("", include("accounts.page_urls")),
    path("", include(workspaces_page_urls.site_urlpatterns)),
    path("", include(audit_log_page_urls.site_urlpatterns)),
    path("", include(trash_page_urls.site_urlpatterns)),
    path("favicon.ico", favicon),
    # All people change their password on the same page, which adds an audit entry.
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]

handler403 = error_handlers.permission_denied
handler404 = error_handlers.page_not_found
handler429 = error_handlers.rate_limited  # allauth looks it up here
handler500 = error_handlers.server_error
