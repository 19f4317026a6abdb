"""Addresses of the pages about workspaces.

`urlpatterns` stands below one workspace, `account_urlpatterns` below one account, `site_urlpatterns` below /.
"""

from django.urls import URLPattern, path

from workspaces.views import home, settings, workspaces

urlpatterns = [
    path("settings", settings.general, name="settings"),
    path("settings/edit", settings.edit, name="settings-edit"),
    path("settings/delete", settings.delete, name="settings-delete"),
]

# Pages of an account that show or change its workspaces.
account_urlpatterns: list[URLPattern] = []

site_urlpatterns = [
    path("", home.home, name="home"),
    path("welcome", home.welcome, name="welcome"),
    path("account/<uuid:account_id>/workspace/<uuid:workspace_id>", home.to_dashboard),
    path("workspaces", workspaces.everything, name="workspaces"),
    path("workspaces/create", workspaces.create, name="workspace-create"),
    path("workspaces/handle", workspaces.check, name="workspace-handle-check"),
    path("workspaces/switcher", workspaces.switcher, name="switcher"),
    path("@<slug:account>/<slug:workspace>", home.by_handles, name="by-handles"),
    path("@<slug:account>/<slug:workspace>/<path:rest>", home.by_handles),
]
