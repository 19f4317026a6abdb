from django.contrib import admin
from django.contrib.messages import ERROR, SUCCESS, WARNING
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Account
from auditlog.admin import operator
from core.errors import NotFound
from orgs.admin.base import ReadOnly, require_superuser
from workspaces.trash.models import Deletion
from workspaces.trash.services import remove_now, restore_organization, restore_workspace

_MOST_AT_ONCE = 100


@admin.register(Deletion)
class DeletionAdmin(ReadOnly):
    """What is in the trash of all accounts, and the progress of its removal."""

    noun = "trash"
    list_display = ["handle", "kind", "deleted_at", "actor_name", "restorable_until", "state", "percent", "problem"]
    list_filter = ["deleted_at"]
    search_fields = ["handle", "name", "account_id", "workspace_id"]
    actions = ["restore", "remove_now"]

    def has_delete_permission(self, request: HttpRequest, obj: Deletion | None = None) -> bool:
        return False

    @admin.display(description="kind")
    def kind(self, obj: Deletion) -> str:
        return "workspace" if obj.workspace_id else "account"

    @admin.action(description="Restore", permissions=["view"])
    def restore(self, request: HttpRequest, selected: QuerySet[Deletion]) -> None:
        require_superuser(request)
        for row in selected[:_MOST_AT_ONCE]:
            try:
                self._restore(request, row)
                self.message_user(request, f"{row.handle} was restored.", SUCCESS)
            except NotFound:
                self.message_user(request, f"{row.handle} is not in the trash, or its account is.", ERROR)
            except ValidationError as error:
                self.message_user(request, f"{row.handle}: {' '.join(error.messages)}", ERROR)

    @admin.action(description="Remove now, without waiting", permissions=["view"])
    def remove_now(self, request: HttpRequest, selected: QuerySet[Deletion]) -> None:
        require_superuser(request)
        for row in selected[:_MOST_AT_ONCE]:
            if remove_now(row, actor=operator(request)):
                self.message_user(request, f"{row.handle} will be removed now.", SUCCESS)
            else:
                self.message_user(request, f"{row.handle} is being removed or was removed already.", WARNING)

    def _restore(self, request: HttpRequest, row: Deletion) -> None:
        if row.workspace_id is not None:
            account = Account.objects.filter(id=row.account_id).first()
            if account is None:
                raise NotFound
            restore_workspace(account, row.workspace_id, actor=operator(request))
            return
        account = Account.with_trashed.filter(id=row.account_id).first()
        if account is None:
            raise NotFound
        restore_organization(account, actor=operator(request))
