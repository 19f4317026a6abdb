"""Types for the shapes of all APIs."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Item = TypeVar("Item")


class Strict(BaseModel):
    """A shape that refuses unknown fields."""

    model_config = ConfigDict(extra="forbid")


# A list that stops at its first invalid item, because a body can hold a million of them.
Many = Annotated[list[Item], Field(fail_fast=True)]


def _in_utc(value: datetime) -> datetime:
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:  # in the first and last hours of the calendar
        raise ValueError("the time has no UTC between the years 1 and 9999") from None


# Limits of filters. A page of a list has 200 rows, and clients filter for what is on a page.
FILTER_BYTES = 131_072
MOST_VALUES = 1_000
MOST_TAGS = 100
Values = Annotated[list[Item], Field(fail_fast=True, max_length=MOST_VALUES)]
TagValues = Annotated[list[str], Field(fail_fast=True, max_length=MOST_TAGS)]
_MOST_WILDCARDS = 20


def _few_wildcards(text: str) -> str:
    if text.count("%") > _MOST_WILDCARDS:
        raise ValueError(f"the text has more than {_MOST_WILDCARDS} wildcards")
    return text


# ISO 8601, also with a space for the T, or seconds since 1970. Without a zone it is UTC.
Time = Annotated[datetime, AfterValidator(_in_utc)]


def plain(text: str) -> str:
    """Return the text without NUL characters, which PostgreSQL cannot store."""
    return text.replace("\x00", "")


Text = Annotated[str, AfterValidator(plain)]

# A part of a name, with `%` and `_` as wildcards. It is compared with every row, so it is short.
LikeText = Annotated[Text, Field(max_length=250), AfterValidator(_few_wildcards)]

# Numbers that fit a column and can be added to a time: seconds are at most 68 years.
Whole = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Seconds = Annotated[float, Field(ge=-(2**31), le=2**31 - 1, allow_inf_nan=False)]
Offset = Annotated[int, Field(ge=0, le=10**9)]


def at_most_bytes(most: int) -> Callable[[str], str]:
    """Return a validator for indexed texts: PostgreSQL refuses index rows of more than 2,704 bytes."""

    def check(text: str) -> str:
        if len(text.encode(errors="replace")) > most:
            raise ValueError(f"the text has more than {most} bytes")
        return text

    return check
