"""Conditions that the filters of both APIs share, compiled to Django's Q.

A condition that is null asks nothing, an empty `any_` matches nothing, and an empty `not_any_` excludes nothing. See
docs/contract/filters.md, "Grammar", and docs/contract/cloud-api.md, "Filters and pages".
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from django.db.models import Q
from pydantic import BaseModel, Field

from core.rest.shapes import FILTER_BYTES, LikeText, Offset, Strict, TagValues, Text, Time, Values

Value = TypeVar("Value", UUID, str)
Operator = Literal["and_", "or_"]
NOTHING = Q(pk__in=[])


class Part(Strict):
    """One condition of a filter: `{"any_": [...]}`. Unknown operators are refused."""


class Combined(Part):
    """Conditions joined by `operator`."""

    operator: Operator = "and_"


class Ids(Part):
    any_: Values[UUID] | None = None

    def q(self, column: str) -> Q:
        return within(column, self.any_)


class IdsOrNot(Ids):
    not_any_: Values[UUID] | None = None

    def q(self, column: str) -> Q:
        return within(column, self.any_, self.not_any_)


class OrNull(Combined, Generic[Value]):
    """The values of a column that may be null."""

    any_: Values[Value] | None = None
    is_null_: bool | None = None

    def q(self, column: str) -> Q:
        null = Q() if self.is_null_ is None else Q(**{f"{column}__isnull": self.is_null_})
        return joined(self.operator, [within(column, self.any_), null])


class Exact(Part):
    any_: Values[Text] | None = None

    def q(self, column: str) -> Q:
        return within(column, self.any_)


class ExactOrNot(Exact):
    not_any_: Values[Text] | None = None

    def q(self, column: str) -> Q:
        return within(column, self.any_, self.not_any_)


class Like(Part):
    like_: LikeText | None = None

    def q(self, column: str) -> Q:
        return like(column, self.like_)


class Names(Exact):
    like_: LikeText | None = None

    def q(self, column: str) -> Q:
        return super().q(column) & like(column, self.like_)


class AllTags(Combined):
    all_: TagValues | None = None
    is_null_: bool | None = None

    def q(self, column: str = "tags") -> Q:
        return joined(self.operator, self._conditions(column))

    def _conditions(self, column: str) -> list[Q]:
        found = []
        if self.all_:
            found.append(Q(**{f"{column}__has_all": self.all_}))
        if self.is_null_ is not None:
            found.append(Q(**{column: []}) if self.is_null_ else ~Q(**{column: []}))
        return found


class AnyTags(AllTags):
    any_: TagValues | None = None

    def _conditions(self, column: str) -> list[Q]:
        found = super()._conditions(column)
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


class TimesOrNull(Times):
    is_null_: bool | None = None

    def q(self, column: str) -> Q:
        found = super().q(column)
        return found if self.is_null_ is None else found & Q(**{f"{column}__isnull": self.is_null_})


class Page(BaseModel):
    """The rows that a list of the account API is asked for."""

    MOST_BYTES: ClassVar[int] = FILTER_BYTES

    limit: Annotated[int, Field(ge=0, le=200)] = 200
    offset: Offset = 0

    @property
    def window(self) -> slice:
        return slice(self.offset, self.offset + self.limit)


def within(
    column: str, any_: Sequence[UUID] | Sequence[str] | None, not_any_: Sequence[UUID] | Sequence[str] | None = None
) -> Q:
    found = Q()
    if any_ is not None:
        found &= Q(**{f"{column}__in": any_}) if any_ else NOTHING
    if not_any_:
        found &= ~Q(**{f"{column}__in": not_any_})
    return found


def like(column: str, text: str | None) -> Q:
    """Match a part of a text, whatever its case; `%` and `_` are wildcards."""
    return Q() if text is None else Q(**{f"{column}__contains_like": text})


def joined(operator: Operator, conditions: Iterable[Q]) -> Q:
    """Join the conditions that ask something."""
    found = Q()
    for condition in conditions:
        found = found | condition if operator == "or_" else found & condition
    return found
