"""The keywords of jsonschema, each paying for what it does, and those whose own implementation costs too much.

Wording and order of the errors are those of the jsonschema package, which the Prefect server uses.
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from fractions import Fraction
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from core.json_schema.budget import current
from core.json_schema.patterns import Matcher, matcher
from core.json_schema.unevaluated import evaluated_items, evaluated_properties

Errors = Iterator[ValidationError]
Keyword = Callable[[Any, Any, Any, Any], Errors | None]

# Matchers of one validation, which is never shared between threads.
compiled_patterns: ContextVar[dict[str, Matcher]] = ContextVar("compiled_patterns")

_VISITS_EACH_PART = {"items", "contains", "propertyNames", "additionalProperties", "allOf", "anyOf", "oneOf"}
_COMPARES = {"enum", "const", "dependentRequired"}
_REFERENCES = {"$ref", "$dynamicRef"}
_STEPS_AN_ERROR = 8
_CHARACTERS_A_STEP = 250


def metered(name: str, keyword: Keyword) -> Keyword:
    """Return the keyword with its price: what it loops over, and the text of its errors."""

    def check(validator: Any, parameter: Any, instance: Any, schema: Any) -> Errors:
        budget = current()
        budget.spend(_price(name, parameter, instance))
        budget.enter()
        try:
            for error in keyword(validator, parameter, instance, schema) or ():
                # An error quotes the value, so that many errors of a large value are larger than any memory.
                budget.spend(_STEPS_AN_ERROR + len(error.message) // _CHARACTERS_A_STEP)
                yield error
        finally:
            budget.leave()

    return check


def _price(name: str, parameter: Any, instance: Any) -> int:
    if name in _COMPARES:
        return 1 + current().size(parameter) // 2
    if name in _REFERENCES:
        return 4 + str(parameter).count("/")
    parts = len(parameter) if isinstance(parameter, dict | list) else 0
    if isinstance(instance, dict | list):
        parts += len(instance)
    return 2 + (parts if name in _VISITS_EACH_PART else parts // 8)


def _matcher(pattern: Any) -> Matcher:
    return matcher(pattern, compiled_patterns.get())


def _pattern(validator: Any, pattern: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, str) and not _matcher(pattern)(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, dict):
        return
    for pattern, subschema in patterns.items():
        matches = _matcher(pattern)
        for key, value in instance.items():
            if matches(key):
                yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, dict):
        return
    known = schema.get("properties", {})
    matchers = [_matcher(pattern) for pattern in schema.get("patternProperties", {})]
    extras = [key for key in instance if key not in known and not any(matches(key) for matches in matchers)]
    if isinstance(allowed, dict):
        for key in extras:
            yield from validator.descend(instance[key], allowed, path=key)
    elif not allowed and extras:
        if "patternProperties" in schema:
            verb = "does" if len(extras) == 1 else "do"
            patterns = _listed(sorted(schema["patternProperties"]))
            yield ValidationError(f"{_listed(sorted(extras))} {verb} not match any of the regexes: {patterns}")
        else:
            yield ValidationError(f"Additional properties are not allowed ({_unexpected(sorted(extras))} unexpected)")


def _unique_items(validator: Any, unique: Any, instance: Any, schema: Any) -> Errors:
    if not unique or not isinstance(instance, list):
        return
    current().spend(current().size(instance) // 2)
    seen = set()
    for item in instance:
        form = orjson.dumps(_comparable(item), option=orjson.OPT_SORT_KEYS, default=str)
        if form in seen:
            yield ValidationError(f"{instance!r} has non-unique elements")
            return
        seen.add(form)


def _comparable(value: Any) -> Any:
    """Return the value in a form that is the same for equal values: 1.0 is 1, and large numbers are text."""
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return ["number", str(value)]
    return value


def _multiple_of(validator: Any, divisor: Any, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, bool) or not isinstance(instance, int | float):
        return
    if isinstance(divisor, float):
        try:
            quotient = instance / divisor
            failed = int(quotient) != quotient
        except OverflowError:  # the quotient has no float
            failed = (Fraction(instance) / Fraction(divisor)).denominator != 1
    else:
        failed = bool(instance % divisor)
    if failed:
        yield ValidationError(f"{instance!r} is not a multiple of {divisor}")


def _unevaluated_items(validator: Any, allowed: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, list):
        return
    evaluated = evaluated_items(validator, instance, schema)
    current().spend(len(instance))
    rest = validator.evolve(schema=allowed)
    left = [item for index, item in enumerate(instance) if index not in evaluated and not rest.is_valid(item)]
    if left:
        yield ValidationError(f"Unevaluated items are not allowed ({_unexpected(left)} unexpected)")


def _unevaluated_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, dict):
        return
    evaluated = evaluated_properties(validator, instance, schema, _matcher)
    current().spend(len(instance))
    rest = validator.evolve(schema=allowed)
    left = [key for key, value in instance.items() if key not in evaluated and not rest.is_valid(value)]
    if not left:
        return
    if allowed is False:
        yield ValidationError(f"Unevaluated properties are not allowed ({_unexpected(sorted(left))} unexpected)")
    else:
        yield ValidationError(
            f"Unevaluated properties are not valid under the given schema ({_unexpected(left)} unevaluated and invalid)"
        )


def _listed(words: list[Any]) -> str:
    return ", ".join(map(repr, words))


def _unexpected(words: list[Any]) -> str:
    return f"{_listed(words)} {'was' if len(words) == 1 else 'were'}"


OURS: dict[str, Keyword] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
    "multipleOf": _multiple_of,
    "unevaluatedItems": _unevaluated_items,
    "unevaluatedProperties": _unevaluated_properties,
}
KEYWORDS = {name: metered(name, keyword) for name, keyword in {**Draft202012Validator.VALIDATORS, **OURS}.items()}
