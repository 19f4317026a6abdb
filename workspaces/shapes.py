"""Types that the shapes of all nouns share (orchestration.md 0.3, 1.1)."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from accounts.rest.shapes import Many, Offset, Seconds, Text, Time, Whole, at_most_bytes

__all__ = ["Many", "Offset", "Seconds", "Text", "Time", "Whole"]

MOST_ROWS = 200
_MOST_LABELS = 1_000

# What stands in an index beside an id or two.
_indexed = AfterValidator(at_most_bytes(2_500))
Key = Annotated[Text, Field(max_length=1024), _indexed]
# One of two that stand in an index together.
HalfKey = Annotated[Text, Field(max_length=1024), AfterValidator(at_most_bytes(1_250))]
Name = Annotated[str, Field(pattern=r"^[^/%&><]+$", max_length=1024), _indexed]
NameOrEmpty = Annotated[str, Field(pattern=r"^[^/%&><]*$")]
Tags = Many[str]
Count = Annotated[int, Field(ge=0)]


def _few(given: Any) -> Any:
    """Counted first, since every label that is none would be told in four ways."""
    if isinstance(given, dict) and len(given) > _MOST_LABELS:
        raise ValueError(f"there are more than {_MOST_LABELS} labels")
    return given


Labels = Annotated[dict[str, bool | int | float | str], BeforeValidator(_few)]


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
    offset: Offset | None = None
