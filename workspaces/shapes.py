"""Types that the shapes of all nouns share (orchestration.md 0.3, 1.1)."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[^/%&><]+$")]
NameOrEmpty = Annotated[str, Field(pattern=r"^[^/%&><]*$")]
Tags = list[str]
Labels = dict[str, bool | int | float | str]
Count = Annotated[int, Field(ge=0)]


def _in_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# ISO 8601 (a space for the T is fine), or seconds since 1970; without a zone it is UTC.
Time = Annotated[datetime, AfterValidator(_in_utc)]


def _without_nul(value: str) -> str:
    return value.replace("\x00", "")


# PostgreSQL cannot hold NUL characters.
Text = Annotated[str, AfterValidator(_without_nul)]


class Body(BaseModel):
    """What a create or update takes: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Request(BaseModel):
    """A body of several named parts: unknown ones are ignored (orchestration.md 0.2)."""

    model_config = ConfigDict(extra="ignore")


class Resource(BaseModel):
    """What an answer gives: every field, nulls included."""

    model_config = ConfigDict(extra="ignore")


class Part(BaseModel):
    """One condition of a filter: `{"any_": [...]}`. Unknown operators are refused."""

    model_config = ConfigDict(extra="forbid")


class Combined(Part):
    """Conditions joined by `operator`."""

    operator: Literal["and_", "or_"] = "and_"


Json = Any


class Page(Request):
    """`limit` and `offset` of a list. Null means the default."""

    limit: int | None = None
    offset: Annotated[int, Field(ge=0)] | None = None


MOST_ROWS = 200
