"""Types that the schemas of all nouns share (docs/contract/conventions.md, "Serialization" and "Names and keys")."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from core.rest.responses import json_bytes
from core.rest.shapes import (
    FILTER_BYTES,
    LikeText,
    Many,
    Offset,
    Seconds,
    Strict,
    TagValues,
    Text,
    Time,
    Values,
    Whole,
    at_most_bytes,
)

__all__ = ["LikeText", "Many", "Offset", "Seconds", "TagValues", "Text", "Time", "Values", "Whole"]

RUN_NAME_LENGTH = 1024
JSON_BYTES = 524_288
_MOST_LABELS = 1_000

# For columns that share an index with one or two ids.
_indexed = AfterValidator(at_most_bytes(2_500))
Key = Annotated[Text, Field(max_length=1024), _indexed]
# For two columns that share an index.
HalfKey = Annotated[Text, Field(max_length=1024), AfterValidator(at_most_bytes(1_250))]
Name = Annotated[str, Field(pattern=r"^[^/%&><]+$", max_length=1024), _indexed]
# Clients generate names of runs from templates, so a name that is too long is cut and not refused.
_cut = AfterValidator(lambda name: name[:RUN_NAME_LENGTH])
RunName = Annotated[Text, _cut]
NameOrEmpty = Annotated[str, Field(pattern=r"^[^/%&><]*$"), _cut]
Tags = Values[str]
Count = Annotated[int, Field(ge=0)]


def _limit_labels(labels: Any) -> Any:
    """Count the labels before they are validated, because each invalid value would cause four errors."""
    if isinstance(labels, dict) and len(labels) > _MOST_LABELS:
        raise ValueError(f"there are more than {_MOST_LABELS} labels")
    return labels


StateType = Literal[
    "SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "CRASHED", "PAUSED", "CANCELLING"
]


def _limit_bytes(value: Any) -> Any:
    if value and (size := len(json_bytes(value))) >= JSON_BYTES:
        raise ValueError(f"must be less than {JSON_BYTES:,} bytes when serialized (got {size:,} bytes)")
    return value


# For all JSON of a run but its parameters, whose limit has an error message of its own.
LimitedJson = AfterValidator(_limit_bytes)
Labels = Annotated[dict[str, bool | int | float | str], BeforeValidator(_limit_labels)]


class Body(Strict):
    """The body of a request that creates or updates an object. Unknown fields are refused."""


class Request(BaseModel):
    """The body of any other request. Unknown fields are ignored (docs/contract/conventions.md, "Error bodies")."""

    model_config = ConfigDict(extra="ignore")


class Resource(BaseModel):
    """The body of a response. It has every field, including those that are null."""

    model_config = ConfigDict(extra="ignore")


class CreatedBy(Resource):
    """Who created an object, as `created_by` in `workspaces.provenance` returns it."""

    id: UUID | None = None
    type: str | None = None
    display_value: str | None = None


class Filter(Request):
    """The body of a request that filters rows."""

    MOST_BYTES: ClassVar[int] = FILTER_BYTES
