"""Addresses of the trash: below an account, and below /my/."""

from django.urls import path

from workspaces.trash import pages

account_urlpatterns = [
    path("trash", pages.trash, name="trash"),
    path("trash/<uuid:trashed_id>/restore", pages.restore, name="trash-restore"),
]

site_urlpatterns = [
    path("my/trash", pages.my_trash, name="my-trash"),
    path("my/trash/<uuid:trashed_account_id>/restore", pages.restore_account, name="my-trash-restore"),
]
