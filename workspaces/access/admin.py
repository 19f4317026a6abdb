from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User
from auditlog.admin import operator
from orgs.admin.base import ReadOnly, refusals_as_403
from orgs.models import Team
from rbac.models import Grant
from workspaces.access.sharing import stop_sharing


@admin.register(Grant)
class GrantAdmin(ReadOnly):
    """Grants of roles in workspaces. Deleting one revokes the role, as on the sharing page."""

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
        assert obj.group is not None  # a constraint of the table: either a user or a group
        team = obj.group.team
        return f"everyone at {obj.workspace.account.handle}" if team.everyone else f"team {team.name}"

    def delete_model(self, request: HttpRequest, obj: Grant) -> None:
        grantee: User | Team | None = obj.user
        if grantee is None:
            grantee = Team.objects.select_related("group").get(group=obj.group)
        with refusals_as_403():
            stop_sharing(obj.workspace, grantee, actor=operator(request))

    def account_id(self, obj: Grant) -> UUID | None:
        return obj.workspace.account_id
