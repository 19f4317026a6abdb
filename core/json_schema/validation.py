"""Validate a value against a schema."""

from dataclasses import dataclass
from typing import Any

import attrs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend
from jsonschema_specifications import REGISTRY
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from core.json_depth import deeper_than
from core.json_schema.budget import BudgetExhausted, TooDeep, limited
from core.json_schema.errors import CircularSchema, InvalidSchema, InvalidValue, shortened
from core.json_schema.keywords import KEYWORDS, compiled_patterns
from core.json_schema.large_values import validate_large
from core.json_schema.loading import Schema

VALUE_DEPTH = 100
MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place in a value: the names and indexes that lead there."""

    path: tuple[str | int, ...]
    message: str


_Validator: Any = extend(Draft202012Validator, validators=KEYWORDS)  # type: ignore[no-untyped-call]
_FIELDS = [(field.name, field.alias) for field in attrs.fields(_Validator) if field.init]


def _evolve(self: Any, **changes: Any) -> Any:
    """Return the validator for a subschema: always ours.

    The package's own method goes over to the unbounded validator of a draft where a subschema names one by `$schema`.
    """
    for name, alias in _FIELDS:
        if alias not in changes:
            changes[alias] = getattr(self, name)
    return _Validator(**changes)


_Validator.evolve = _evolve


def validate(value: Any, schema: Schema) -> None:
    """Validate a value against a schema from `check_schema`. Raises `InvalidValue` and `InvalidSchema`."""
    if deeper_than(VALUE_DEPTH, value):
        raise InvalidValue(f"The value is nested deeper than {VALUE_DEPTH} levels.")
    try:
        wrong = _best_error(value, schema)
    except (InvalidSchema, InvalidValue):
        raise
    except BudgetExhausted:
        if validate_large(value, schema):
            return
        raise InvalidSchema("Checking the value against it takes too long.") from None
    except TooDeep:
        raise CircularSchema from None
    except Unresolvable as error:
        raise InvalidValue(str(error)) from None
    except Exception as error:
        # A reference may point to a part of the document that is not a schema, so anything can fail.
        raise InvalidSchema(f"It cannot be evaluated ({type(error).__name__}).") from error
    if wrong is not None:
        path = wrong.json_path
        raise InvalidValue(wrong.message, "" if path == "$" else path.removeprefix("$."))


def wrong_fields(value: dict[str, Any], schema: Schema) -> set[str]:
    """Return the fields of an object that do not match a schema from `check_schema`. Raises `InvalidSchema`.

    What is wrong with the object as a whole, such as a missing field, is left out.
    """
    if deeper_than(VALUE_DEPTH, value):
        return set(value)
    return {str(error.absolute_path[0]) for error in _all_errors(value, schema) if error.absolute_path}


def problems(value: Any, schema: Schema) -> list[Problem]:
    """Return what is wrong with a value by a schema from `check_schema`. Raises `InvalidSchema`."""
    if deeper_than(VALUE_DEPTH, value):
        return [Problem((), f"The value is nested deeper than {VALUE_DEPTH} levels.")]
    return [_problem(error) for error in _all_errors(value, schema)[:MOST_PROBLEMS]]


def _problem(error: ValidationError) -> Problem:
    path = tuple(error.absolute_path)
    if error.validator == "required":  # said of the object, but about the field that it lacks
        path = (*path, error.message.partition(" ")[0].strip("'"))
    return Problem(path, shortened(error.message))


def _all_errors(value: Any, schema: Schema) -> list[ValidationError]:
    try:
        return _errors(value, schema)
    except InvalidSchema:
        raise
    except BudgetExhausted:
        raise InvalidSchema("Checking the value against it takes too long.") from None
    except TooDeep:
        raise CircularSchema from None
    except Exception as error:  # see `validate`
        raise InvalidSchema(f"It cannot be evaluated ({type(error).__name__}).") from error


def _best_error(value: Any, schema: Schema) -> ValidationError | None:
    best: ValidationError | None = best_match(iter(_errors(value, schema)))
    return best


def _errors(value: Any, schema: Schema) -> list[ValidationError]:
    errors: list[ValidationError] = []
    token = compiled_patterns.set({})
    try:
        with limited():
            for error in _validator(schema).iter_errors(value):
                errors.append(error)
    except BudgetExhausted:
        if not errors:  # otherwise the value is known not to match
            raise
    finally:
        compiled_patterns.reset(token)
    return errors


def _validator(schema: Schema) -> Any:
    """Return a validator that resolves references within the schema and to the JSON Schema specification only."""
    resource = DRAFT202012.create_resource(schema)
    uri = resource.id() or ""
    # Crawled once: the registry would otherwise be crawled for each reference to an anchor.
    registry = REGISTRY.with_resource(uri, resource).crawl()
    # `_resolver` is not public: without it jsonschema adds the schema to the registry again, which is not crawled then.
    return _Validator(schema, registry=registry, _resolver=registry.resolver(base_uri=uri))
