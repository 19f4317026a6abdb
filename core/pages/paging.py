"""Numbered pages of an account's lists."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from core.pages.query_strings import query_string, search_text

Row = TypeVar("Row", bound=Model)
SIZE = 50


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row]):
    """The rows of one page, and the query strings of the pages next to it (empty: none)."""

    rows: list[Row]
    count: int
    previous: str
    next: str
    total: str


def page_of(
    request: HttpRequest, rows: QuerySet[Row, Any], *, size: int = SIZE, count: int | None = None
) -> Paged[Row]:
    """Return the page for `?page=`, or the nearest existing one. `rows` must have a stable order.

    `count` is the number of rows, if it is known already.
    """
    paginator = Paginator(rows, size)
    if count is not None:
        paginator.count = count
    page = paginator.get_page(request.GET.get("page"))
    previous = query_string(request.GET, {"page": str(page.number - 1)}) if page.has_previous() else ""
    next = query_string(request.GET, {"page": str(page.number + 1)}) if page.has_next() else ""
    count = page.paginator.count
    total = f"{page.start_index()} to {page.end_index()} of {count}" if previous or next else ""
    return Paged(list(page.object_list), count, previous, next, total)


def searched(request: HttpRequest) -> str:
    """What was typed into the list's search."""
    return search_text(request.GET)
