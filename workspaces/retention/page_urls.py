"""Addresses of the pages of retention: below a workspace, and below an account."""

from django.urls import path

from workspaces.retention import pages

urlpatterns = [path("settings/retention", pages.workspace, name="settings-retention")]

account_urlpatterns = [
    path("retention", pages.account, name="retention"),
    path("retention/holds/<uuid:workspace_id>", pages.hold, name="retention-hold"),
    path("retention/holds/<uuid:workspace_id>/end", pages.hold_end, name="retention-hold-end"),
]
