from django.urls import path

from workspaces.variables import pages

urlpatterns = [
    path("variables", pages.variables, name="variables"),
    path("variables/create", pages.create, name="variable-create"),
    path("variables/variable/<uuid:variable_id>", pages.edit, name="variable-edit"),
    path("variables/variable/<uuid:variable_id>/delete", pages.delete, name="variable-delete"),
]
