"""Keyset pagination: the next page begins after the last row shown, so that its cost does not grow with the list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from core.pages.query_strings import query_string

R = TypeVar("R", bound=Model)

PAGE_SIZE = 50
COUNT_CAP = 10_000
_SEPARATOR = "~"  # between the values of a cursor
# The changes to a query string that lead back to the first page.
FIRST_PAGE: dict[str, str | Sequence[str] | None] = {"after": None, "before": None}


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some rows of a list, and the query strings of the previous and next page."""

    rows: list[R]
    previous: str | None
    next: str | None
    whole: bool = False  # whether these are all rows


@dataclass(frozen=True, slots=True)
class Total:
    """A count that stops at a cap, because nobody pages that far and counting reads every row."""

    number: int
    capped: bool

    def __str__(self) -> str:
        return f"{self.number:,}+" if self.capped else f"{self.number:,}"


def total(shown: Page[Any], rows: QuerySet[Any]) -> Total:
    """Return the number of rows. A page that has all of them needs no query."""
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
    unique: bool = True,
    size: int = PAGE_SIZE,
) -> Page[R]:
    """Return the page for `after` or `before` in the query string, or the first one if they are invalid.

    `key` is a column or annotation without nulls. Rows with the same key are ordered by id, unless it is `unique`.
    """
    keys = (key,) if unique else (key, "id")
    parsers = (parse,) if unique else (parse, UUID)
    after, before = _cursor(params, "after", parsers), _cursor(params, "before", parsers)
    forward, backward = (keys, _reversed(keys)) if not descending else (_reversed(keys), keys)
    behind, ahead = ("lt", "gt") if descending else ("gt", "lt")
    if before is not None:
        found = list(_beyond(rows, keys, ahead, before).order_by(*backward)[: size + 1])
        more_ahead, more_behind = len(found) > size, True
        found = found[:size][::-1]
    else:
        if after is not None:
            rows = _beyond(rows, keys, behind, after)
        found = list(rows.order_by(*forward)[: size + 1])
        more_ahead, more_behind = after is not None, len(found) > size
        found = found[:size]
    first_page = after is None and before is None
    if not found:
        return Page([], None, None, whole=first_page)
    return Page(
        found,
        _link(params, "before", found[0], keys) if more_ahead else None,
        _link(params, "after", found[-1], keys) if more_behind else None,
        whole=first_page and not more_behind,
    )


def _reversed(keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"-{key}" for key in keys)


def _beyond(rows: QuerySet[R], keys: Sequence[str], direction: str, cursor: Sequence[Any]) -> QuerySet[R]:
    """Return the rows on one side of the cursor: "lt" or "gt"."""
    if len(keys) == 1:
        return rows.filter(**{f"{keys[0]}__{direction}": cursor[0]})
    first, second = keys
    # The first condition bounds the part of the index that is read; databases do not derive it from the second one.
    bounded = rows.filter(**{f"{first}__{direction}e": cursor[0]})
    return bounded.filter(Q(**{f"{first}__{direction}": cursor[0]}) | Q(**{f"{second}__{direction}": cursor[1]}))


def _cursor(params: QueryDict, name: str, parsers: Sequence[Callable[[str], Any]]) -> list[Any] | None:
    """Return the values of the keys in a parameter, or None if they are missing or invalid."""
    text = params.get(name)
    if not text:
        return None
    parts = text.rsplit(_SEPARATOR, len(parsers) - 1)
    try:
        values = [parse(part) for parse, part in zip(parsers, parts, strict=True)]
    except ValueError:
        return None
    return None if None in values else values


def _link(params: QueryDict, name: str, row: Any, keys: Sequence[str]) -> str:
    values = [getattr(row, key) for key in keys]
    texts = [value.isoformat() if isinstance(value, datetime) else str(value) for value in values]
    return query_string(params, {**FIRST_PAGE, name: _SEPARATOR.join(texts)})
