from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest

from accounts.admin import UserAdmin
from accounts.models import User
from auditlog.admin import Audited, operator
from workspaces.models import Workspace
from workspaces.people import delete_person
from workspaces.services import delete_workspace

admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Deletes people as they delete themselves: with workspaces, and not while an organization would lose its owner."""

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        try:
            delete_person(obj, actor=operator(request))
        except ValidationError as error:
            raise PermissionDenied(*error.messages) from error


@admin.register(Workspace)
class WorkspaceAdmin(Audited[Workspace]):
    noun = "workspace"
    list_display = ["full_handle", "name", "account", "created", "updated"]
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
