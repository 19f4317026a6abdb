"""The audit log in the Django admin, and the base of its other pages, which records what operators do."""

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from auditlog.actors import USER, Actor
from auditlog.admin_filters import ActionFilter, ActorKindFilter, CappedPaginator
from auditlog.models import Entry
from auditlog.services import record
from core.pages.forms import CheckedNames

M = TypeVar("M", bound=Model)


class _CheckedForm(CheckedNames, ModelForm[Any]):
    pass


class Audited(admin.ModelAdmin[M]):
    """A model that operators can change. Each change adds an audit entry in the same transaction."""

    # The first part of actions: with `account` they are `account.updated` and so on.
    noun: ClassVar[str]
    form: type[ModelForm[Any]] = _CheckedForm

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
        """Delete the rows one by one in a transaction, so that each gets an entry."""
        with transaction.atomic():
            for obj in queryset:
                self.delete_model(request, obj)

    def get_deleted_objects(
        self, objs: "Iterable[M] | QuerySet[M]", request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """List the selected objects only: everything below a workspace could be millions of rows."""
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
        """Return the id of the account whose audit log gets the entry."""
        return getattr(obj, "account_id", None)

    def workspace_id(self, obj: M) -> UUID | None:
        return getattr(obj, "workspace_id", None)


def operator(request: HttpRequest) -> Actor:
    return Actor(USER, request.user.pk, str(request.user), getattr(request.user, "access_ended_at", None))


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin[Entry]):
    list_display = ["occurred", "action", "actor_name", "object_name", "account_id", "workspace_id"]
    list_filter = [ActionFilter, ActorKindFilter, "occurred"]
    paginator = CappedPaginator
    show_facets = admin.ShowFacets.NEVER  # they would count all rows
    search_fields = ["action", "actor_name", "object_name", "object_id", "account_id", "workspace_id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False
