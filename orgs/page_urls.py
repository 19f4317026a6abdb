"""Addresses of an account's pages that know nothing of workspaces; they stand below /account/<account_id>/."""

from django.urls import URLPattern, path

from orgs.views import overview

urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="overview"),
]
