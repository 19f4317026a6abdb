"""Conditions that filters of several nouns share, as Django's Q (grammar: orchestration.md 5.1)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Generic, Literal, TypeVar
from uuid import UUID

from django.db.models import Q

from accounts.rest.errors import ApiError
from workspaces.shapes import MOST_ROWS, Combined, Many, Page, Part, Time

NOTHING = Q(pk__in=[])
Value = TypeVar("Value", UUID, str)
Values = Sequence[UUID] | Sequence[str]
# What one condition says of one row in memory; None: it asks nothing.
Verdict = bool | None


class Ids(Part):
    any_: Many[UUID] | None = None
    not_any_: Many[UUID] | None = None

    def q(self, column: str) -> Q:
        return within(column, self.any_, self.not_any_)

    def admits(self, value: UUID | None) -> Verdict:
        return both(
            None if self.any_ is None else value in self.any_,
            value not in self.not_any_ if self.not_any_ else None,
        )


class OrNull(Combined, Generic[Value]):
    """The values of a column that may be null."""

    any_: Many[Value] | None = None
    is_null_: bool | None = None

    def q(self, column: str) -> Q:
        found = []
        if self.any_ is not None:
            found.append(within(column, self.any_))
        if self.is_null_ is not None:
            found.append(Q(**{f"{column}__isnull": self.is_null_}))
        return joined(self.operator, found)

    def admits(self, value: Value | None) -> Verdict:
        return decided(
            self.operator,
            [
                None if self.any_ is None else value in self.any_,
                None if self.is_null_ is None else (value is None) == self.is_null_,
            ],
        )


class Names(Part):
    any_: Many[str] | None = None
    like_: str | None = None

    def q(self, column: str) -> Q:
        found = within(column, self.any_)
        return found if self.like_ is None else found & like(column, self.like_)


class Texts(Part):
    any_: Many[str] | None = None
    not_any_: Many[str] | None = None

    def q(self, column: str) -> Q:
        return within(column, self.any_, self.not_any_)


class AllTags(Combined):
    all_: Many[str] | None = None
    is_null_: bool | None = None

    def q(self, column: str = "tags") -> Q:
        return joined(self.operator, self.conditions(column))

    def conditions(self, column: str) -> list[Q]:
        found = []
        if self.all_:
            found.append(Q(**{f"{column}__has_all": self.all_}))
        if self.is_null_ is not None:
            found.append(Q(**{column: []}) if self.is_null_ else ~Q(**{column: []}))
        return found


class AnyTags(AllTags):
    any_: Many[str] | None = None

    def conditions(self, column: str) -> list[Q]:
        found = super().conditions(column)
        if self.any_ is not None:
            found.append(Q(**{f"{column}__has_any": self.any_}) if self.any_ else NOTHING)
        return found


class Times(Part):
    """Bounds are inclusive."""

    before_: Time | None = None
    after_: Time | None = None

    def q(self, column: str) -> Q:
        found = Q()
        if self.before_ is not None:
            found &= Q(**{f"{column}__lte": self.before_})
        if self.after_ is not None:
            found &= Q(**{f"{column}__gte": self.after_})
        return found

    def admits(self, value: datetime) -> Verdict:
        return both(
            None if self.before_ is None else value <= self.before_,
            None if self.after_ is None else value >= self.after_,
        )


class TimesOrNull(Times):
    is_null_: bool | None = None

    def q(self, column: str, null_column: str | None = None) -> Q:
        found = super().q(column)
        if self.is_null_ is not None:
            found &= Q(**{f"{null_column or column}__isnull": self.is_null_})
        return found


def within(column: str, any_: Values | None, not_any_: Values | None = None) -> Q:
    """`any_: []` matches nothing, `not_any_: []` everything."""
    found = Q()
    if any_ is not None:
        found &= Q(**{f"{column}__in": any_}) if any_ else NOTHING
    if not_any_:
        found &= ~Q(**{f"{column}__in": not_any_})
    return found


def like(column: str, pattern: str) -> Q:
    """A case-insensitive part; `%` and `_` are wildcards, as in the contract."""
    return Q(**{f"{column}__contains_like": pattern})


def joined(operator: Literal["and_", "or_"], conditions: Iterable[Q]) -> Q:
    found = Q()
    for condition in conditions:
        if operator == "or_":
            found |= condition
        else:
            found &= condition
    return found


def decided(operator: Literal["and_", "or_"], verdicts: Iterable[Verdict]) -> Verdict:
    """As `joined`, of one row in memory."""
    found = [verdict for verdict in verdicts if verdict is not None]
    if not found:
        return None
    return any(found) if operator == "or_" else all(found)


def both(*verdicts: Verdict) -> Verdict:
    return decided("and_", verdicts)


def window(page: Page) -> slice:
    """The rows that `limit` and `offset` ask for. Raises ApiError as the contract words it."""
    limit = MOST_ROWS if page.limit is None else page.limit
    if limit > MOST_ROWS:
        raise ApiError(422, f"Invalid limit: must be less than or equal to {MOST_ROWS}.")
    if limit < 0:
        raise ApiError(422, "Invalid limit: must be greater than or equal to 0.")
    offset = page.offset or 0
    return slice(offset, offset + limit)
