"""Types of what comes from outside, which the shapes of every floor share."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

Item = TypeVar("Item")

# A list that is given up at its first wrong item: a body can hold a million of them.
Many = Annotated[list[Item], Field(fail_fast=True)]


def _in_utc(value: datetime) -> datetime:
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:  # the first and last hours of the calendar, in some zones
        raise ValueError("the time has no UTC between the years 1 and 9999") from None


# ISO 8601 (a space for the T is fine), or seconds since 1970; without a zone it is UTC.
Time = Annotated[datetime, AfterValidator(_in_utc)]


def plain(text: str) -> str:
    """`text` without NUL characters, which PostgreSQL cannot hold."""
    return text.replace("\x00", "")


Text = Annotated[str, AfterValidator(plain)]

# Numbers that a column holds and that a time can be moved by: seconds are at most 68 years.
Whole = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Seconds = Annotated[float, Field(ge=-(2**31), le=2**31 - 1, allow_inf_nan=False)]
Offset = Annotated[int, Field(ge=0, le=10**9)]


def at_most_bytes(most: int) -> Callable[[str], str]:
    """For what stands in an index: PostgreSQL refuses rows of more than 2,704 bytes there."""

    def check(text: str) -> str:
        if len(text.encode(errors="replace")) > most:
            raise ValueError(f"the text has more than {most} bytes")
        return text

    return check
