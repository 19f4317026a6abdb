"""Follow the references of a schema, and take null out of unions."""

from typing import Any

_MOST_STEPS = 10
_NULL = {"type": "null"}


def resolve(schema: Any, root: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the schema without references and null, and whether null is allowed.

    References lead to `#/definitions/...` or `#/$defs/...`. What cannot be resolved becomes a schema without a type.
    """
    nullable = False
    for _ in range(_MOST_STEPS):
        if not isinstance(schema, dict):
            return {}, nullable
        outer = {name: value for name, value in schema.items() if name not in ("$ref", "allOf", "anyOf", "oneOf")}
        if "$ref" in schema:
            schema = _merged(_target(schema["$ref"], root), outer)
        elif isinstance(schema.get("allOf"), list) and len(schema["allOf"]) == 1:
            schema = _merged(schema["allOf"][0], outer)
        elif (union := next((schema[name] for name in ("anyOf", "oneOf") if name in schema), None)) is not None:
            branches = [each for each in union if each != _NULL] if isinstance(union, list) else []
            nullable = nullable or (isinstance(union, list) and _NULL in union)
            if len(branches) != 1:
                return outer, nullable
            schema = _merged(branches[0], outer)
        elif isinstance(schema.get("type"), list):
            types = [each for each in schema["type"] if each != "null"]
            nullable = nullable or "null" in schema["type"]
            return {**schema, "type": types[0] if len(types) == 1 else None}, nullable
        else:
            return schema, nullable
    return {}, nullable


def _target(reference: Any, root: dict[str, Any]) -> Any:
    parts = reference.split("/") if isinstance(reference, str) else []
    if len(parts) != 3 or parts[0] != "#" or parts[1] not in ("definitions", "$defs"):
        return {}
    definitions = root.get(parts[1])
    return definitions.get(parts[2], {}) if isinstance(definitions, dict) else {}


def _merged(inner: Any, outer: dict[str, Any]) -> Any:
    return {**inner, **outer} if isinstance(inner, dict) else outer
