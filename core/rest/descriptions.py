"""Descriptions of endpoints' methods, declared with `describe` and published in the OpenAPI document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http.response import HttpResponseBase
from pydantic import BaseModel
from rest_framework.request import Request

from core.rest.parsing import adapter_of
from core.rest.responses import Answer, NoContent

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, slots=True)
class Described:
    """The description of one method, from which `core.rest.openapi` writes its operation."""

    operation: str
    body: Any
    answers: dict[int, Any]
    query: type[BaseModel] | None = None
    media: str = "application/json"


def describe(
    operation: str,
    *,
    body: Any = None,
    answers: dict[int, Any],
    query: type[BaseModel] | None = None,
    media: str = "application/json",
) -> Callable[[View], View]:
    """Document a method: its operation id, the shape of its body, and those of its answers by status."""

    def decorate(method: View) -> View:
        method.described = Described(operation, body, answers, query, media)  # type: ignore[attr-defined]  # read by ApiView.described
        return method

    return decorate


def check_response(described: Described | None, request: Request, response: HttpResponseBase) -> None:
    """Raise AssertionError if a success does not have the declared shape. Called in tests only."""
    if described is None or not isinstance(response, Answer | NoContent) or response.status_code >= 400:
        return
    if response.status_code not in described.answers:
        raise AssertionError(f"{request.method} {request.path} declares no answer {response.status_code}")
    shape = described.answers[response.status_code]
    if shape is not None and not isinstance(response, NoContent):
        adapter_of(shape).validate_json(response.content, strict=False, extra="forbid")
