from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest

from auditlog.admin import Audited, operator
from workspaces.models import Workspace
from workspaces.services import delete_workspace


@admin.register(Workspace)
class WorkspaceAdmin(Audited[Workspace]):
    noun = "workspace"
    list_display = ["full_handle", "name", "created", "updated"]
    list_select_related = ["account"]
    search_fields = ["handle", "name", "account__handle"]
    readonly_fields = ["account", "created", "updated"]
    fields = ["name", "handle", "description", *readonly_fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Workspace) -> None:
        delete_workspace(obj, actor=operator(request))

    def account_id(self, obj: Workspace) -> UUID | None:
        return obj.account_id

    def workspace_id(self, obj: Workspace) -> UUID | None:
        return obj.id
