"""The record, to read; and the base of every other page of the Django admin, so that what operators do is in it."""

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from auditlog.actors import USER, Actor
from auditlog.models import Entry
from auditlog.services import record

M = TypeVar("M", bound=Model)


class Audited(admin.ModelAdmin[M]):
    """A model whose rows operators may change; each change leaves an entry in the same transaction."""

    # The first word of the actions: `account` makes `account.updated`.
    noun: ClassVar[str]

    def save_model(self, request: HttpRequest, obj: M, form: ModelForm[M], change: bool) -> None:
        super().save_model(request, obj, form, change)
        changes = {
            field: {"from": _plain(form.initial.get(field)), "to": _plain(form.cleaned_data.get(field))}
            for field in form.changed_data
        }
        self.record(request, obj, "updated" if change else "created", changes=changes)

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        self.record(request, obj, "deleted")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[M]") -> None:
        """One by one, so that each has its entry, and all or none."""
        with transaction.atomic():
            for obj in queryset:
                self.delete_model(request, obj)

    def get_deleted_objects(
        self, objs: "Iterable[M] | QuerySet[M]", request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Only what was chosen: a list of everything below a workspace could have millions of lines."""
        names = [str(obj) for obj in objs]
        return names, {str(self.opts.verbose_name_plural): len(names)}, set(), []

    def record(self, request: HttpRequest, obj: M, what: str, **detail: Any) -> None:
        record(
            f"{self.noun}.{what}",
            actor=operator(request),
            account_id=self.account_id(obj),
            workspace_id=self.workspace_id(obj),
            object_id=str(obj.pk),
            object_name=str(obj),
            **detail,
        )

    def account_id(self, obj: M) -> UUID | None:
        """Whose record the entry belongs to."""
        return getattr(obj, "account_id", None)

    def workspace_id(self, obj: M) -> UUID | None:
        return getattr(obj, "workspace_id", None)


def operator(request: HttpRequest) -> Actor:
    return Actor(USER, request.user.pk, str(request.user))


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin[Entry]):
    list_display = ["occurred", "action", "actor_name", "object_name", "account_id", "workspace_id"]
    list_filter = ["actor_kind", "action"]
    date_hierarchy = "occurred"
    search_fields = ["action", "actor_name", "object_name", "object_id", "account_id", "workspace_id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False
