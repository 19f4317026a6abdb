"""Addresses of the pages about flows."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
