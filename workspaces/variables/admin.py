from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest

from auditlog.admin import operator
from orgs.admin.base import ReadOnly
from workspaces.variables.models import Variable
from workspaces.variables.services import delete_variable


@admin.register(Variable)
class VariableAdmin(ReadOnly):
    noun = "variable"
    list_display = ["name", "workspace", "tags", "updated"]
    list_select_related = ["workspace__account"]
    search_fields = ["name", "workspace__handle", "workspace__account__handle"]
    fields = ["workspace", "name", "value", "tags", "created", "updated"]

    def delete_model(self, request: HttpRequest, obj: Variable) -> None:
        delete_variable(obj, actor=operator(request))

    def account_id(self, obj: Variable) -> UUID | None:
        return obj.workspace.account_id
