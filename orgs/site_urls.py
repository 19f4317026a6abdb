"""Addresses of pages about accounts that stand below /: founding one, invitations."""

from django.urls import URLPattern, path

from orgs.views import organizations

urlpatterns: list[URLPattern] = [
    path("organizations/create", organizations.create, name="organization-create"),
]
