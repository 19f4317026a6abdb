from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest

from auditlog.admin import operator
from orgs.admin.base import ReadOnly
from workspaces.saved_searches.models import SavedSearch
from workspaces.saved_searches.services import delete_saved_search


@admin.register(SavedSearch)
class SavedSearchAdmin(ReadOnly):
    noun = "saved search"
    list_display = ["name", "workspace", "updated"]
    list_select_related = ["workspace__account"]
    search_fields = ["name", "workspace__handle", "workspace__account__handle"]
    fields = ["workspace", "name", "filters", "created", "updated"]

    def delete_model(self, request: HttpRequest, obj: SavedSearch) -> None:
        delete_saved_search(obj, actor=operator(request))

    def account_id(self, obj: SavedSearch) -> UUID | None:
        return obj.workspace.account_id
