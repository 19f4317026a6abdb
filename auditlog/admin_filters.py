"""Filters and pagination for admin lists of any length: no query reads all rows."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from auditlog.actors import SERVICE_ACCOUNT, SYSTEM, USER

MOST_ROWS = 10_000


class CappedPaginator(Paginator[Any]):
    """Count up to MOST_ROWS rows. Older ones are reached with filters."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_ROWS].count())


class TextFilter(admin.SimpleListFilter):
    """A filter with a text field. Django's own filters list all values of a column, which reads all rows."""

    template = "admin/text_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "")]  # Django hides a filter that has no choices

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Pass the other query parameters to the template, whose form sends them again."""
        others = changelist.get_filters_params()
        yield {
            "others": [
                (name, value) for name, values in others.items() if name != self.parameter_name for value in values
            ]
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = (self.value() or "").replace("\0", "").strip()
        return self.matching(queryset, value) if value else queryset

    def matching(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        raise NotImplementedError


class ActionFilter(TextFilter):
    title, parameter_name = "action", "action"

    def matching(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(action__startswith=value[:100])


class ActorKindFilter(admin.SimpleListFilter):
    title, parameter_name = "actor", "actor_kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(USER, "Person"), (SERVICE_ACCOUNT, "Service account"), (SYSTEM, "System")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(actor_kind=self.value()) if self.value() else queryset
