"""Addresses of pages about accounts that stand below /: founding one, invitations."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
