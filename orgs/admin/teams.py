"""The admin of teams, which renames and deletes them."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from auditlog.admin import Audited, operator
from orgs.admin.base import refusals_as_403
from orgs.models import Team
from orgs.services.teams import delete_team, update_team


@admin.register(Team)
class TeamAdmin(Audited[Team]):
    """Teams. Their members are changed on the pages of their organization."""

    noun = "team"
    list_display = ["name", "account", "size", "created"]
    list_select_related = ["account"]
    search_fields = ["name", "account__handle"]
    fields = ["account", "name", "description", "directory_group_id", "created"]
    readonly_fields = ["account", "directory_group_id", "created"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        rows = super().get_queryset(request).filter(everyone=False)
        return rows.select_related("account", "group").annotate(size=Count("group__user"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Team, form: ModelForm[Team], change: bool) -> None:
        row = Team.objects.select_related("account", "group").get(pk=obj.pk)
        with refusals_as_403():
            update_team(row, name=obj.name, description=obj.description, actor=operator(request))

    def delete_model(self, request: HttpRequest, obj: Team) -> None:
        with refusals_as_403():
            delete_team(obj, actor=operator(request))

    @admin.display(description="members")
    def size(self, obj: Team) -> int:
        size: int = obj.size  # type: ignore[attr-defined]  # annotated above
        return size
