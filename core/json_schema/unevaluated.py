"""Find the parts of a value that the keywords beside `unevaluatedItems` and `unevaluatedProperties` evaluated.

The jsonschema package answers this with lists, with Python's regular expressions, and without a bound. Here each step
is paid from the budget of the running validation, `current()`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from core.json_schema.budget import current
from core.json_schema.patterns import Matcher

_IN_PLACE = ("allOf", "anyOf", "oneOf")


def evaluated_items(validator: Any, instance: list[Any], schema: Any, *, below: bool = False) -> set[int]:
    """Return the indexes of the items that are evaluated. `below`: by a subschema of the one that asks."""
    current().spend()
    if not isinstance(schema, dict):
        return set()
    if "items" in schema or (below and "unevaluatedItems" in schema):
        current().spend(len(instance) // 8)
        return set(range(len(instance)))
    found = set(range(min(len(instance), len(schema.get("prefixItems", ())))))
    if "contains" in schema:
        current().spend(len(instance))
        wanted = validator.evolve(schema=schema["contains"])
        found |= {index for index, item in enumerate(instance) if wanted.is_valid(item)}
    current().enter()
    for inner, subschema in _subschemas(validator, instance, schema):
        found |= evaluated_items(inner, instance, subschema, below=True)
    current().leave()
    return found


def evaluated_properties(
    validator: Any, instance: dict[str, Any], schema: Any, matcher: Callable[[Any], Matcher], *, below: bool = False
) -> set[str]:
    """Return the names of the properties that are evaluated. `below`: by a subschema of the one that asks."""
    current().spend()
    if not isinstance(schema, dict):
        return set()
    current().spend(len(instance) // 8)
    if "additionalProperties" in schema or (below and "unevaluatedProperties" in schema):
        return set(instance)
    found: set[str] = schema.get("properties", {}).keys() & instance.keys()
    for pattern in schema.get("patternProperties", {}):
        matches = matcher(pattern)
        found |= {key for key in instance if matches(key)}
    current().enter()
    for name, subschema in schema.get("dependentSchemas", {}).items():
        if name in instance:
            found |= evaluated_properties(validator, instance, subschema, matcher, below=True)
    for inner, subschema in _subschemas(validator, instance, schema):
        found |= evaluated_properties(inner, instance, subschema, matcher, below=True)
    current().leave()
    return found


def _subschemas(validator: Any, instance: Any, schema: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the subschemas that apply to the same value and accept it, each with a validator for it."""
    for keyword in ("$ref", "$dynamicRef"):
        if keyword in schema:
            current().spend(4)
            # Not public: jsonschema's own keywords follow references so, and hand the resolver on to subschemas.
            resolved = validator._resolver.lookup(schema[keyword])
            yield validator.evolve(schema=resolved.contents, _resolver=resolved.resolver), resolved.contents
    for keyword in _IN_PLACE:
        for subschema in schema.get(keyword, ()):
            if _accepts(validator, instance, subschema):
                yield validator, subschema
    if "if" in schema:
        accepted = _accepts(validator, instance, schema["if"])
        if accepted:
            yield validator, schema["if"]
        branch = "then" if accepted else "else"
        if branch in schema:
            yield validator, schema[branch]


def _accepts(validator: Any, instance: Any, schema: Any) -> bool:
    current().spend()
    return next(validator.descend(instance, schema), None) is None
