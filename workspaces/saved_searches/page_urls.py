from django.urls import path

from workspaces.saved_searches import pages

urlpatterns = [
    path("runs/views", pages.views, name="runs-views"),
    path("runs/views/save", pages.save, name="runs-view-save"),
    path("runs/views/view/<uuid:search_id>", pages.rename, name="runs-view-rename"),
    path("runs/views/view/<uuid:search_id>/delete", pages.delete, name="runs-view-delete"),
]
