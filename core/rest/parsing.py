"""Parsing with pydantic: one adapter for each shape, and the details of errors."""

from typing import Annotated, Any, TypeVar, get_origin

from pydantic import FailFast, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

Shape = TypeVar("Shape")
ECHO_LIMIT = 65_536  # bytes; larger bodies are not sent back whole
_MOST_ERRORS = 100
_adapters: dict[Any, TypeAdapter[Any]] = {}


def adapter_of(shape: type[Shape]) -> TypeAdapter[Shape]:
    """Return the shape's adapter, which is created on first use. Lists stop at their first invalid item."""
    try:
        return _adapters[shape]
    except KeyError:
        kind: Any = Annotated[shape, FailFast()] if get_origin(shape) is list else shape
        return _adapters.setdefault(shape, TypeAdapter(kind))


def error_details(error: ValidationError, *, given: bool = True) -> list[ErrorDetails]:
    """Return the errors, with the input if `given`. Above a hundred errors, return their number only."""
    count = error.error_count()
    if count <= _MOST_ERRORS:
        return error.errors(include_url=False, include_input=given)
    return [ErrorDetails(type="too_many_errors", loc=(), msg=f"{count} values do not fit", input=None)]


def echo(raw: bytes) -> Any:
    """Return the body for the error response: whole, or the beginning if it is large or invalid JSON."""
    try:
        if len(raw) <= ECHO_LIMIT:
            return adapter_of(Any).validate_json(raw)
    except ValidationError:
        pass
    return raw[:10_000].decode(errors="replace")
