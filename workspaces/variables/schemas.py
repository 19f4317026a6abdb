"""Schemas of variables."""

import re
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import orjson
from django.db.models import Model, Q
from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from core.rest.filters import AllTags, Combined, Ids, Names, joined
from workspaces.filters.paging import Page
from workspaces.shapes import Body, Filter, Resource, Tags, Time
from workspaces.variables.models import NAME_LENGTH

VALUE_BYTES = 5_000  # of a value as JSON
_BODY_BYTES = 65_536  # bounds the tags as well, since a list answers with 200 variables at once


def check_name(name: str) -> str:
    """Return the name. Raises `ValueError` if it has other characters than Prefect allows."""
    if re.fullmatch(r"[a-z0-9_-]*", name) is None:
        raise ValueError("Variable name must only contain lowercase letters, numbers, and dashes or underscores.")
    return name


def _check_value(value: Any) -> Any:
    """Return the value. Raises `ValueError` if it is too large as JSON, or cannot be written as JSON."""
    try:
        size = len(orjson.dumps(value))
    except orjson.JSONEncodeError:  # an integer of more than 64 bits, or lists 250 deep
        raise ValueError("Variable value must be serializable to JSON") from None
    if size > VALUE_BYTES:
        raise ValueError(f"Variable value must be less than {VALUE_BYTES} characters")
    return value


Name = Annotated[str, AfterValidator(check_name), Field(max_length=NAME_LENGTH)]
Value = Annotated[
    StrictStr | StrictInt | StrictBool | StrictFloat | dict[str, Any] | list[Any] | None,
    BeforeValidator(_check_value),
]


class VariableCreate(Body):
    MOST_BYTES: ClassVar[int] = _BODY_BYTES

    name: Name
    value: Value
    tags: Tags | None = []


class VariableUpdate(Body):
    """Fields that are not sent do not change."""

    MOST_BYTES: ClassVar[int] = _BODY_BYTES

    name: Name | None = None
    value: Value = None
    tags: Tags | None = None


class Variable(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: Annotated[str, Field(max_length=NAME_LENGTH)]
    value: Value
    tags: Tags


class VariableFilter(Combined):
    id: Ids | None = None
    name: Names | None = None
    value: Names | None = None  # `any_` compares whole strings, `like_` a part of the JSON
    tags: AllTags | None = None

    def q(self, model: type[Model]) -> Q:
        """Return the condition. `model` is not used; filters of some other nouns need it."""
        parts = {column: getattr(self, column) for column in ("id", "name", "value", "tags")}
        return joined(self.operator, [part.q(column) for column, part in parts.items() if part])


class VariablesCount(Filter):
    variables: VariableFilter | None = None


class VariablesFilter(VariablesCount, Page):
    sort: Literal["CREATED_DESC", "UPDATED_DESC", "NAME_DESC", "NAME_ASC"] | None = None
