"""Pages by key: the next one begins behind the last row shown, however long the list is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import QueryDict

R = TypeVar("R", bound=Model)

PAGE_SIZE = 50
COUNT_CAP = 10_000


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some rows of a list, and the query strings of the pages next to it."""

    rows: list[R]
    previous: str | None
    next: str | None
    whole: bool = False  # whether these are all rows there are


@dataclass(frozen=True, slots=True)
class Total:
    """A count that stops at a cap, because nobody reads further and counting on costs the same as reading."""

    number: int
    capped: bool

    def __str__(self) -> str:
        return f"{self.number:,}+" if self.capped else f"{self.number:,}"


def total(shown: Page[Any], rows: QuerySet[Any]) -> Total:
    """How many rows there are; a page that holds them all has counted them already."""
    return Total(len(shown.rows), False) if shown.whole else count(rows)


def count(rows: QuerySet[Any], cap: int = COUNT_CAP) -> Total:
    found = rows.order_by().values("pk")[: cap + 1].count()
    return Total(min(found, cap), found > cap)


def page(
    rows: QuerySet[R],
    params: QueryDict,
    *,
    key: str = "id",
    parse: Callable[[str], Any] = UUID,
    descending: bool = True,
    size: int = PAGE_SIZE,
) -> Page[R]:
    """The page that `after` or `before` in the query string asks for; the first one when they make no sense.

    `key` is a column or annotation without nulls that no two rows share.
    """
    after, before = _cursor(params, "after", parse), _cursor(params, "before", parse)
    forward, backward = (key if not descending else f"-{key}"), (f"-{key}" if not descending else key)
    behind, ahead = ("lt", "gt") if descending else ("gt", "lt")
    if before is not None:
        found = list(rows.filter(**{f"{key}__{ahead}": before}).order_by(backward)[: size + 1])
        more_ahead, more_behind = len(found) > size, True
        found = found[:size][::-1]
    else:
        if after is not None:
            rows = rows.filter(**{f"{key}__{behind}": after})
        found = list(rows.order_by(forward)[: size + 1])
        more_ahead, more_behind = after is not None, len(found) > size
        found = found[:size]
    first_page = after is None and before is None
    if not found:
        return Page([], None, None, whole=first_page)
    return Page(
        found,
        _link(params, "before", getattr(found[0], key)) if more_ahead else None,
        _link(params, "after", getattr(found[-1], key)) if more_behind else None,
        whole=first_page and not more_behind,
    )


def _cursor(params: QueryDict, name: str, parse: Callable[[str], Any]) -> Any:
    text = params.get(name)
    if not text:
        return None
    try:
        return parse(text)
    except ValueError:
        return None


def _link(params: QueryDict, name: str, value: object) -> str:
    link = params.copy()
    link.pop("after", None)
    link.pop("before", None)
    link[name] = str(value)
    return f"?{link.urlencode()}"
