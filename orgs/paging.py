"""Lists of an account, page by page: 50 rows at a time, whatever their number."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
SIZE = 50
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row]):
    """The rows of one page, and the addresses of those before and after it (empty: none)."""

    rows: list[Row]
    count: int
    before: str
    after: str
    total: str


def page_of(
    request: HttpRequest, rows: QuerySet[Row, Any], *, size: int = SIZE, count: int | None = None
) -> Paged[Row]:
    """The page that `?page=` asks for; the nearest one for nonsense. `rows` are in a stable order.

    `count`: how many there are, when that is known already.
    """
    paginator = Paginator(rows, size)
    if count is not None:
        paginator.count = count
    page = paginator.get_page(request.GET.get("page"))
    before = _address(request, page.number - 1) if page.has_previous() else ""
    after = _address(request, page.number + 1) if page.has_next() else ""
    count = page.paginator.count
    total = f"{page.start_index()} to {page.end_index()} of {count}" if before or after else ""
    return Paged(list(page.object_list), count, before, after, total)


def searched(request: HttpRequest) -> str:
    """What was typed into the list's search."""
    return request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]


def _address(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
