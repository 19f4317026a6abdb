"""The account API of workspaces, below /api/accounts/<account_id>/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
