"""Read the values of a form that was sent."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite
from typing import Any

import orjson

from core.json_text import parse_json
from core.pages.times import machine_time, typed_time
from core.rest.bodies import reject_unstorable_json
from core.rest.errors import InvalidBody
from core.rest.shapes import plain
from core.schema_forms.fields import EMPTY, NULL, OMIT, SELECTS, UNSET, Field
from core.schema_forms.rows import resize_rows

MEANING = "-empty"  # ends the name of the control that says what an empty field means
_LONGEST_NUMBER = 400
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1  # integers that JSON can hold here
_INDEX = re.compile(r"\[(\d+)\]")
_INTEGER = re.compile(r"[+-]?\d+")


class _Wrong(Exception):
    """The text of a field is no value of its kind."""


def read_values(fields: Sequence[Field], data: Mapping[str, str]) -> tuple[dict[str, Any], bool]:
    """Return the values that were sent, and whether all fields were right. Sets what fields show, and their errors."""
    resize_rows(fields, data)
    values, problems = _read_all(fields, data)
    for field, problem in problems:
        field.error = problem
    return values, not problems


def field_at(fields: Sequence[Field], place: str) -> Field | None:
    """Return the field for the place of an error, such as `config.retries[0]`: the deepest one that contains it."""
    place = _INDEX.sub(r".\1", place)
    found = None
    for each in fields:
        path = ".".join(each.path)
        if place == path or place.startswith(f"{path}."):
            found = field_at(each.children, place) or each
    return found


def _read_all(fields: Sequence[Field], data: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[Field, str]]]:
    values: dict[str, Any] = {}
    problems: list[tuple[Field, str]] = []
    for field in fields:
        meaning = data.get(field.name + MEANING, "")
        if meaning in (known for known, _ in field.meanings):
            field.when_empty = meaning
        if field.kind == "group":
            value, inside = _read_group(field, data)
            problems += inside
        elif field.kind == "rows":
            value, inside = _read_rows(field, data)
            problems += inside
        else:
            try:
                value = _read(field, plain(data.get(field.name, "")).replace("\r\n", "\n"))
            except _Wrong as error:
                value = UNSET
                problems.append((field, str(error)))
        if value is not UNSET:
            values[field.path[-1]] = value
    return values, problems


def _read_group(field: Field, data: Mapping[str, str]) -> tuple[Any, list[tuple[Field, str]]]:
    """Return the object. If nothing in it is filled in, its own meaning counts, and what is missing is no error."""
    values, problems = _read_all(field.children, data)
    filled = bool(values) or any(data.get(each.name) for each, _ in problems)
    if filled or not field.meanings or not field.children:
        return values, problems
    return _empty(field, {}), []


def _read_rows(field: Field, data: Mapping[str, str]) -> tuple[Any, list[tuple[Field, str]]]:
    """Return the array. If it has no rows, its own meaning counts."""
    if not field.children:
        return _empty(field, []), []
    read = [_read_group(row, data) for row in field.children]
    return [value for value, _ in read], [problem for _, problems in read for problem in problems]


def _read(field: Field, text: str) -> Any:
    unchanged = text == field.shown
    field.shown = text
    if text == "":
        if field.is_required:
            raise _Wrong("This is required.")
        return _empty(field, [] if field.kind == "lines" else "")
    if unchanged and field.initial is not UNSET:
        return field.initial
    if field.kind in SELECTS and text in (meaning for meaning, _ in field.meanings):
        field.when_empty = text
        return _empty(field, None)
    return _parse(field, text)


def _empty(field: Field, empty: Any) -> Any:
    if not field.when_empty:
        raise _Wrong("This is required.")
    return {NULL: None, EMPTY: empty, OMIT: UNSET}[field.when_empty]


def _parse(field: Field, text: str) -> Any:
    match field.kind:
        case "integer":
            return _integer(text)
        case "number":
            return _number(text)
        case "boolean":
            if text not in ("true", "false"):
                raise _Wrong("Choose true or false.")
            return text == "true"
        case "choice":
            return _choice(field, text)
        case "date":
            return _date(text)
        case "datetime":
            return _time(text)
        case "lines":
            return _lines(field, text)
        case "json":
            return _json(text)
    return text


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or not _INTEGER.fullmatch(text.strip()):
        raise _Wrong("Write a whole number.")
    if not _SMALLEST <= (number := int(text)) <= _LARGEST:
        raise _Wrong("Write a smaller number.")
    return number


def _number(text: str) -> float:
    if len(text) > _LONGEST_NUMBER:
        raise _Wrong("Write a number.")
    if _INTEGER.fullmatch(text.strip()):
        return _integer(text)
    try:
        number = float(text)
    except ValueError:
        raise _Wrong("Write a number.") from None
    if not isfinite(number):
        raise _Wrong("Write a number that is not infinite.")
    return number


def _choice(field: Field, text: str) -> Any:
    if not text.isdecimal() or len(text) > 3 or int(text) >= len(field.choices):
        raise _Wrong("Choose one of the values.")
    return field.choices[int(text)][1]


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _Wrong("Write a date such as 2026-11-30.") from None


def _time(text: str) -> str:
    time = typed_time(text)
    if time is None:
        raise _Wrong("Write a time such as 2026-11-30 06:30.")
    return machine_time(time)


def _lines(field: Field, text: str) -> list[Any]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    read = {"integer": _integer, "number": _number}.get(field.item_type)
    return [read(line) for line in lines] if read else lines


def _json(text: str) -> Any:
    try:
        return parse_json(reject_unstorable_json(text.encode()).decode())
    except orjson.JSONDecodeError as error:
        raise _Wrong(f"This is not JSON: {error}") from None
    except InvalidBody as error:
        raise _Wrong(str(error.details[0]["msg"])) from None
