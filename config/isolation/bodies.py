"""Make request bodies from their JSON Schemas, with an id in each place that takes one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config.isolation.doors import openapi_document

_DEEPEST = 12
_FORMATS = {"date-time": "2026-01-01T00:00:00Z", "email": "new@example.com", "uri": "https://example.com"}


@dataclass(frozen=True)
class Id:
    """A place for an id. `words` lead to it, such as `flow_runs`, `id`, `any_`."""

    words: tuple[str, ...]
    foreign: bool = False


def example(schema: Any, words: tuple[str, ...] = ()) -> Any:
    """Return a value with what the schema requires, and an `Id` wherever it requires an id."""
    schema = _without_reference(schema)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], words)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        names = [*schema.get("required", []), *(["name"] if _is_text(properties.get("name")) else [])]
        return {name: example(properties[name], (*words, name)) for name in dict.fromkeys(names)}
    if kind == "array":
        return [example(schema["items"], words)] if schema.get("minItems") or not words else []
    if kind == "string":
        return Id(words) if _is_id(schema, words) else _FORMATS.get(schema.get("format", ""), "x1")
    values = {"integer": schema.get("minimum", 1), "number": 1.0, "boolean": True}
    return values.get(kind)


def bodies_with_id(schema: Any, words: tuple[str, ...] = (), depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Return, for each place of the schema that takes an id, its name and a body with a foreign id there."""
    schema = _without_reference(schema)
    if depth > _DEEPEST:
        return
    for choice in schema.get("anyOf", []):
        yield from bodies_with_id(choice, words, depth + 1)
    kind = schema.get("type")
    if kind == "object":
        for name, below in schema.get("properties", {}).items():
            for place, value in bodies_with_id(below, (*words, name), depth + 1):
                yield place, {**example(schema, words), name: value}
    elif kind == "array":
        for place, value in bodies_with_id(schema.get("items", {}), words, depth + 1):
            yield f"{place}[]", [value]
    elif kind == "string" and _is_id(schema, words):
        yield ".".join(words), Id(words, foreign=True)


def _without_reference(schema: Any) -> Any:
    while "$ref" in schema:
        schema = openapi_document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _is_text(schema: Any) -> bool:
    """Return whether the first choice of a schema is a text, such as a name, which would be invented otherwise."""
    return schema is not None and (schema.get("type") or schema.get("anyOf", [{}])[0].get("type")) == "string"


def _is_id(schema: Any, words: tuple[str, ...]) -> bool:
    return schema.get("format") == "uuid" or (bool(words) and words[-1].endswith("_id"))
