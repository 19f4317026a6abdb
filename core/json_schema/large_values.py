"""Validate values that are too large for the budget with jsonschema-rs, if the schema is simple enough.

It validates a hundred times faster, but has other messages and no bound: references that multiply would keep it busy.
So it sees only schemas whose cost can be told beforehand, and only values that the budget did not suffice for.
"""

from typing import Any

import jsonschema_rs

from core.json_schema.errors import InvalidValue
from core.json_schema.loading import Schema

EVALUATIONS = 2_000_000
_LARGEST_SCHEMA = 2_000
_LEVELS = 150
_DEFINITIONS = {"$defs", "definitions"}
# Their cost depends on more than the number of schemas and values, or their meaning differs.
_UNFORESEEABLE = {
    "$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$schema", "contains", "multipleOf", "pattern",
    "patternProperties", "unevaluatedItems", "unevaluatedProperties", "uniqueItems",
}  # fmt: skip


class _TooLarge(Exception):
    """The schema is circular, too large once its references are written out, or holds other keywords."""


def validate_large(value: Any, schema: Schema) -> bool:
    """Validate a value if the cost is known, and return whether it was. Raises `InvalidValue`."""
    if not isinstance(schema, dict):
        return False
    try:
        cost = _Cost(schema).whole() * _count(value)
    except _TooLarge:
        return False
    if cost > EVALUATIONS:
        return False
    try:
        validator = jsonschema_rs.Draft202012Validator(schema, offline=True)
    except Exception:  # an unused definition may be invalid, or refer to another document
        return False
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        field = ".".join(str(part) for part in error.instance_path)
        raise InvalidValue(str(error.message), field) from None
    except ValueError:  # for instance a number out of its range
        return False
    return True


class _Cost:
    """Count the values of a schema in which each reference is replaced by its target."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self._behind: dict[str, int] = {}

    def whole(self) -> int:
        used = {name: part for name, part in self.schema.items() if name not in _DEFINITIONS}
        return self._of(used, 0)

    def _of(self, part: Any, level: int) -> int:
        if level > _LEVELS:
            raise _TooLarge
        total = 1
        if isinstance(part, list):
            total += sum(self._of(item, level + 1) for item in part)
        elif isinstance(part, dict):
            if not _UNFORESEEABLE.isdisjoint(part):
                raise _TooLarge
            for name, value in part.items():
                total += self._of_reference(value, level) if name == "$ref" else self._of(value, level + 1)
        return _checked(total)

    def _of_reference(self, ref: Any, level: int) -> int:
        found = self._behind.get(ref) if isinstance(ref, str) else None
        if found is None:
            start, _, name = str(ref).rpartition("/")
            holder = self.schema.get(start.removeprefix("#/"))
            if start not in {"#/$defs", "#/definitions"} or not isinstance(holder, dict) or name not in holder:
                raise _TooLarge
            self._behind[ref] = _LARGEST_SCHEMA  # a reference to itself counts as too large
            found = self._behind[ref] = self._of(holder[name], level + 1)
        return found


def _checked(total: int) -> int:
    if total >= _LARGEST_SCHEMA:
        raise _TooLarge
    return total


def _count(value: Any) -> int:
    """Count the values inside a value; long texts count more. Stops when there are too many."""
    count, waiting = 0, [value]
    while waiting:
        part = waiting.pop()
        count += 1
        if count > EVALUATIONS:
            break
        if isinstance(part, dict):
            count += len(part)
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, str):
            count += len(part) // 100
    return count
