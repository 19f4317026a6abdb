"""Conditions that the filters of the account API share, as Django's Q (cloud-api.md 1.8)."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from django.db.models import Q
from pydantic import BaseModel, ConfigDict, Field

from accounts.rest.shapes import Many, Offset, Text

NOTHING = Q(pk__in=[])


class Part(BaseModel):
    """One condition. Unknown operators are refused; null asks nothing, an empty list matches nothing."""

    model_config = ConfigDict(extra="forbid")


class Ids(Part):
    any_: Many[UUID] | None = None

    def q(self, column: str) -> Q:
        return among(column, self.any_)


class IdsOrNot(Ids):
    not_any_: Many[UUID] | None = None

    def q(self, column: str) -> Q:
        found = super().q(column)
        return found & ~Q(**{f"{column}__in": self.not_any_}) if self.not_any_ else found


class Exact(Part):
    any_: Many[Text] | None = None

    def q(self, column: str) -> Q:
        return among(column, self.any_)


class Like(Part):
    like_: Text | None = None

    def q(self, column: str) -> Q:
        return like(column, self.like_)


class Names(Exact):
    like_: Text | None = None

    def q(self, column: str) -> Q:
        return super().q(column) & like(column, self.like_)


class Page(BaseModel):
    """The rows of a list that are asked for."""

    limit: Annotated[int, Field(ge=0, le=200)] = 200
    offset: Offset = 0

    @property
    def window(self) -> slice:
        return slice(self.offset, self.offset + self.limit)


def among(column: str, any_: Sequence[UUID] | Sequence[str] | None) -> Q:
    if any_ is None:
        return Q()
    return Q(**{f"{column}__in": any_}) if any_ else NOTHING


def like(column: str, text: str | None) -> Q:
    """A part of a text, whatever its case; `%` and `_` are wildcards."""
    return Q() if text is None else Q(**{f"{column}__contains_like": text})


def joined(operator: Literal["and_", "or_"], conditions: Sequence[Q]) -> Q:
    """Those that ask something, by `operator`."""
    found = Q()
    for condition in conditions:
        if condition:
            found = found | condition if operator == "or_" else found & condition
    return found
