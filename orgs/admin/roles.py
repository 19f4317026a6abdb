"""The admin of workspace roles."""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from auditlog.admin import Audited, operator
from core.pages.forms import CheckedNames
from orgs.admin.base import refusals_as_403
from orgs.services.roles import delete_role, update_role
from rbac.catalogue import SCOPES
from rbac.models import WorkspaceRole


class RoleForm(CheckedNames, ModelForm[WorkspaceRole]):
    scopes = forms.MultipleChoiceField(
        choices=[(scope["name"], f"{scope['name']}: {scope['title']}") for scope in SCOPES],
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 20}),
        help_text="What they bring along is added.",
    )

    class Meta:
        model = WorkspaceRole
        fields = ("name", "description", "inherits", "scopes")


@admin.register(WorkspaceRole)
class WorkspaceRoleAdmin(Audited[WorkspaceRole]):
    """Workspace roles. Built-in ones are read-only. Changing an account's own changes its holders' permissions."""

    noun = "workspace-role"
    form = RoleForm
    list_display = ["name", "account", "inherits", "description", "updated"]
    list_filter = [("account", admin.EmptyFieldListFilter)]
    list_select_related = ["account", "inherits"]
    search_fields = ["name", "account__handle"]
    ordering = ["account__handle", "name"]
    fields = ["account", "name", "description", "inherits", "scopes"]
    readonly_fields = ["account"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: WorkspaceRole | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or not obj.is_built_in)

    def has_delete_permission(self, request: HttpRequest, obj: WorkspaceRole | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not obj.is_built_in)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **more: Any) -> Any:
        if db_field.name == "inherits":
            more["queryset"] = WorkspaceRole.objects.filter(account=None)
        return super().formfield_for_foreignkey(db_field, request, **more)

    def save_model(
        self, request: HttpRequest, obj: WorkspaceRole, form: ModelForm[WorkspaceRole], change: bool
    ) -> None:
        row = WorkspaceRole.objects.select_related("account", "inherits").get(pk=obj.pk)
        with refusals_as_403():
            update_role(
                row,
                name=obj.name,
                description=obj.description,
                scopes=form.cleaned_data["scopes"],
                inherits=obj.inherits,
                actor=operator(request),
            )

    def delete_model(self, request: HttpRequest, obj: WorkspaceRole) -> None:
        with refusals_as_403():
            delete_role(obj, actor=operator(request))
