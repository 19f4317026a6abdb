"""Addresses of the pages of transfers: below /account/<account_id>/, and below a workspace."""

from django.urls import URLPattern, path

from transfers.pages import requests

account_urlpatterns: list[URLPattern] = [
    path("transfers", requests.transfers, name="transfers"),
    path("transfers/<uuid:transfer_id>", requests.transfer, name="transfer"),
]
