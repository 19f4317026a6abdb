"""Addresses of the pages of transfers: below a workspace, and below an account."""

from django.urls import URLPattern, path

from transfers.pages import requests, wizard

urlpatterns: list[URLPattern] = [path("settings/transfer", wizard.transfer, name="settings-transfer")]

account_urlpatterns: list[URLPattern] = [
    path("transfers", requests.transfers, name="transfers"),
    path("transfers/refused/<uuid:source_id>/accept", requests.accept_source, name="transfers-accept-source"),
    path("transfers/<uuid:transfer_id>", requests.transfer, name="transfer"),
    path("transfers/<uuid:transfer_id>/approve", requests.approve, name="transfer-approve"),
    path("transfers/<uuid:transfer_id>/decline", requests.decline, name="transfer-decline"),
    path("transfers/<uuid:transfer_id>/cancel", requests.cancel, name="transfer-cancel"),
    path("transfers/<uuid:transfer_id>/undo", requests.undo_transfer, name="transfer-undo"),
]
