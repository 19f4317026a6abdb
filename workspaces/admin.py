from uuid import UUID

from django.contrib import admin
from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest

from accounts.admin import UserAdmin
from accounts.models import User
from auditlog.admin import Audited, operator
from orgs.admin.base import ReadOnly, refusals
from orgs.models import Team
from orgs.services.members import check_may_leave_everything
from rbac.models import Grant
from workspaces.models import Workspace
from workspaces.people import delete_person
from workspaces.services import delete_workspace
from workspaces.sharing import stop_sharing

admin.site.unregister(User)


class PersonForm(UserChangeForm[User]):
    def clean_is_active(self) -> bool:
        """Who is suspended owns nothing that needs an owner."""
        active: bool = self.cleaned_data["is_active"]
        if self.instance.is_active and not active:
            check_may_leave_everything(self.instance)
        return active


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Deletes people as they delete themselves: with workspaces, and not while an organization would lose its owner."""

    form = PersonForm

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


@admin.register(Grant)
class GrantAdmin(ReadOnly):
    """Who was given which role where; what is deleted here is taken back, as on the sharing page."""

    noun = "workspace-access"
    list_display = ["workspace", "role", "holder", "created"]
    list_filter = [("user", admin.EmptyFieldListFilter), ("role__account", admin.EmptyFieldListFilter)]
    list_select_related = ["workspace__account", "role", "user", "group__team"]
    search_fields = [
        "workspace__handle",
        "workspace__account__handle",
        "user__email",
        "group__team__name",
        "role__name",
    ]
    fields = ["workspace", "role", "holder", "created", "updated"]

    @admin.display(description="given to")
    def holder(self, obj: Grant) -> str:
        if obj.user is not None:
            return str(obj.user)
        assert obj.group is not None  # by the constraint of the table
        team = obj.group.team
        return f"everyone at {obj.workspace.account.handle}" if team.everyone else f"team {team.name}"

    def delete_model(self, request: HttpRequest, obj: Grant) -> None:
        who: User | Team | None = obj.user
        if who is None:
            who = Team.objects.select_related("group").get(group=obj.group)
        with refusals():
            stop_sharing(obj.workspace, who, actor=operator(request))

    def account_id(self, obj: Grant) -> UUID | None:
        return obj.workspace.account_id
