"""Who may enter a workspace: its part of the workspace API."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
