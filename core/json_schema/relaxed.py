"""Relax schemas that clients generate: older pydantic writes optional fields and tuples in a way of its own.

All functions take a schema from `check_schema` and return a changed copy. They go as deep as `check_schema` allows.
"""

from typing import Any

from core.json_schema.loading import Schema


def accept_null(schema: Schema, *, with_defaults: bool = False) -> Schema:
    """Return the schema with null accepted in optional properties, and with lists of `items` as `prefixItems`.

    A property that has a default accepts null only if `with_defaults` is true.
    """
    if not isinstance(schema, dict):
        return schema
    relaxed = _relaxed(schema, with_defaults)
    if isinstance(definitions := relaxed.get("definitions"), dict):
        relaxed["definitions"] = {
            name: _relaxed(definition, with_defaults) if isinstance(definition, dict) else definition
            for name, definition in definitions.items()
        }
    return relaxed


def without_required(schema: Any) -> Any:
    """Return the schema without its `required` lists."""
    if isinstance(schema, dict):
        # A dictionary named "required" is the schema of a property of this name.
        kept = {name: part for name, part in schema.items() if name != "required" or not isinstance(part, list)}
        return {name: without_required(part) for name, part in kept.items()}
    return [without_required(part) for part in schema] if isinstance(schema, list) else schema


def _relaxed(schema: dict[str, Any], with_defaults: bool) -> dict[str, Any]:
    """Relax the properties of an object, and of the objects in these."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return dict(schema)
    required = schema.get("required", [])
    relaxed = {
        name: _relaxed_property(part, name in required, with_defaults) if isinstance(part, dict) else part
        for name, part in properties.items()
    }
    return {**schema, "properties": relaxed}


def _relaxed_property(part: dict[str, Any], required: bool, with_defaults: bool) -> dict[str, Any]:
    relaxed = _relaxed(part, False)
    optional = not required and ("default" not in relaxed or with_defaults)
    if optional and "anyOf" not in relaxed and relaxed.get("type", "null") != "null":
        relaxed["anyOf"] = [{"type": relaxed.pop("type")}, {"type": "null"}]
    if relaxed.get("items") and isinstance(relaxed["items"], list) and not relaxed.get("prefixItems"):
        relaxed["prefixItems"] = relaxed.pop("items")
    return relaxed
