"""The OpenAPI document: drf-spectacular walks the URLs, and each operation is written from what `describe` says.

drf-spectacular's own extension for pydantic takes models only, and each as it looks in answers. Here a third of the
shapes are lists, numbers or unions, some differ between requests and answers, and two pairs of models share a name, of
which the extension would silently keep one.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Any

from drf_spectacular.drainage import error
from drf_spectacular.openapi import AutoSchema
from pydantic import BaseModel, TypeAdapter

_WORKSPACE = "/api/accounts/{account_id}/workspaces/{workspace_id}/"
_PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
_KINDS: dict[str, dict[str, str]] = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer"}}
_PROBES = {"csrf-token", "health", "hello", "ready", "telemetry", "version"}
_VERSION_HEADER = {
    "name": "x-prefect-api-version",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
}


class Problem(BaseModel):
    """An answer other than success. The reason is in `detail` or, in some operations, in `exception_message`."""

    detail: str = ""
    exception_message: str = ""


class InvalidPart(BaseModel):
    loc: list[str | int]
    msg: str
    type: str


class InvalidRequest(BaseModel):
    """What does not fit, part by part, or a sentence about a rule that it breaks."""

    detail: list[InvalidPart] | str


class InvalidWorkspaceRequest(BaseModel):
    """What does not fit, part by part."""

    exception_message: str
    exception_detail: list[InvalidPart]
    request_body: Any


class ShapeSchema(AutoSchema):
    """Describe an endpoint's method. Shapes are placeholders until `write_shapes` knows all of them."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        view: Any = self.view
        handler = getattr(view, method.lower())
        described = view.described(method.lower())
        if described is None:
            error(f"{type(view).__name__}.{method.lower()} has no @describe.")
            return None
        shapes = _Shapes(registry)
        operation: dict[str, Any] = {
            "operationId": described.operation,
            "summary": described.operation.replace("_", " ").capitalize(),
            "description": " ".join((handler.__doc__ or "").split()),
            "tags": [_tag(path)],
            "security": [] if view.anonymous else [{"apiKey": []}],
            "responses": {str(status): shapes.answer(shape, status) for status, shape in described.answers.items()},
        }
        parameters = [*_path_parameters(path, path_regex), *shapes.query_parameters(described.query)]
        if path.startswith(_WORKSPACE):
            parameters.append(_VERSION_HEADER)
        if parameters:
            operation["parameters"] = parameters
        if described.body is not None:
            content = {described.media: {"schema": shapes.later(described.body, "validation")}}
            operation["requestBody"] = {"content": content}
        for status, problem in _problems(view, path, method, operation):
            operation["responses"].setdefault(str(status), shapes.answer(problem, status))
        return operation


def write_shapes(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Fill in all shapes, with one definition per model, or two if requests differ. drf-spectacular calls this."""
    waiting: list[_Waiting] = getattr(generator.registry, "shapes", [])
    inputs = [(index, mode, TypeAdapter(shape)) for index, (_, shape, mode) in enumerate(waiting)]
    written, definitions = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    for index, (place, _, mode) in enumerate(waiting):
        place.update(written[index, mode])
    schemas: dict[str, Any] = definitions.get("$defs", {})
    result.setdefault("components", {})["schemas"] = dict(sorted(schemas.items()))
    for operation in (operation for methods in result["paths"].values() for operation in methods.values()):
        if body := operation.get("requestBody"):
            body["required"] = any(_is_needed(media["schema"], schemas) for media in body["content"].values())
    return result


_Waiting = tuple[dict[str, Any], Any, Any]


class _Shapes:
    """The shapes of one document, kept on drf-spectacular's registry until all are known."""

    def __init__(self, registry: Any) -> None:
        if not hasattr(registry, "shapes"):
            registry.shapes = []
        self.waiting: list[_Waiting] = registry.shapes

    def later(self, shape: Any, mode: str) -> dict[str, Any]:
        place: dict[str, Any] = {}
        self.waiting.append((place, shape, mode))
        return place

    def answer(self, shape: Any, status: int = 200) -> dict[str, Any]:
        answer: dict[str, Any] = {"description": _MEANINGS.get(status, "Done")}
        if shape is not None:
            answer["content"] = {"application/json": {"schema": self.later(shape, "serialization")}}
        return answer

    def query_parameters(self, query: type[BaseModel] | None) -> Iterable[dict[str, Any]]:
        for name, field in (query.model_fields if query else {}).items():
            yield {
                "name": field.alias or name,
                "in": "query",
                "required": field.is_required(),
                "schema": self.later(Annotated[field.annotation, field], "validation"),
            }


_MEANINGS = {
    400: "The header X-PREFECT-API-VERSION is malformed or names a version that is too old",
    401: "No API key, or none in force",
    403: "The caller lacks the permission, or the account refuses the caller's network",
    404: "Nothing there that the caller may see",
    409: "The request conflicts with what is there",
    410: "It has expired or been given back",
    413: "The body is too large",
    415: "The body has another media type",
    422: "The request does not fit",
    423: "Not all of the slots are free: wait for the seconds in Retry-After",
    429: "Too many requests: wait for the seconds in Retry-After",
    503: "The database is busy or away: try again after the seconds in Retry-After",
}


def _problems(view: Any, path: str, method: str, operation: dict[str, Any]) -> Iterable[tuple[int, Any]]:
    if path.startswith(_WORKSPACE):
        yield 400, Problem
    if not view.anonymous:
        yield 401, Problem
        yield 403, Problem
    if "{" in path:
        yield 404, Problem
    if _changes_something(view, method):
        yield 409, Problem
    if "requestBody" in operation:
        yield 413, Problem
        if "application/json" not in operation["requestBody"]["content"]:
            yield 415, Problem
    yield 429, Problem
    yield 503, Problem
    if "requestBody" in operation or any(part["in"] == "query" for part in operation.get("parameters", [])):
        yield 422, InvalidWorkspaceRequest | Problem if view.long_errors else InvalidRequest


def _changes_something(view: Any, method: str) -> bool:
    needed = {**getattr(view, "required_permissions", {}), **getattr(view, "required_scopes", {})}.get(method, "")
    return method != "GET" and not needed.startswith(("see_", "read:"))


def _path_parameters(path: str, path_regex: str) -> Iterable[dict[str, Any]]:
    kinds = {match["name"]: match["kind"] for match in _PARAMETER.finditer(path_regex)}
    for name in re.findall(r"\{(\w+)\}", path):
        schema = dict(_KINDS.get(kinds.get(name) or "", {"type": "string"}))
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _tag(path: str) -> str:
    """Return the name of the resource: `Flow Runs` for everything below `.../flow_runs`."""
    noun, *below = path.removeprefix(_WORKSPACE).removeprefix("/api/").split("/")
    if noun in _PROBES:
        return "Root"
    if noun == "v2":
        noun = f"{below[0]}_v2"
    return noun.replace("_", " ").replace("-", " ").title()


def _is_needed(schema: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Return whether a body is required: an object without required properties may be absent."""
    if reference := schema.get("$ref"):
        schema = schemas[reference.rpartition("/")[2]]
    if any(option.get("type") == "null" for option in schema.get("anyOf", [])):
        return False
    return schema.get("type") != "object" or bool(schema.get("required"))
