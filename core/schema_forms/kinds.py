"""The kinds of fields: which one a schema needs, which values it can show, and how."""

from datetime import date
from typing import Any

from django.utils import timezone

from core.json_text import json_text
from core.pages.times import exact_time

MOST_CHOICES = 100
_LONG = 80  # characters
_LONGEST_SHOWN = 20_000
_SCALARS: dict[str, Any] = {"string": str, "integer": int, "number": (int, float)}
_OF_TYPE = {"integer": "integer", "number": "number", "boolean": "boolean"}


def kind_of(schema: dict[str, Any], value: Any) -> str:
    """Return the kind of field for a resolved schema. A string is long if its present value is."""
    if choices_of(schema):
        return "choice"
    if "enum" in schema or "const" in schema:
        return "json"
    match schema.get("type"):
        case "string":
            if schema.get("format") in ("date", "date-time"):
                return "date" if schema["format"] == "date" else "datetime"
            is_long = isinstance(value, str) and ("\n" in value or len(value) > _LONG)
            return "long" if is_long or schema.get("format") in ("multi-line", "textarea") else "text"
        case "object" if isinstance(schema.get("properties"), dict) and schema["properties"]:
            return "group"
        case "array" if isinstance(schema.get("items"), dict) and item_type(schema):
            return "lines"
        case str() as name:
            return _OF_TYPE.get(name, "json")
    return "json"


def choices_of(schema: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the words and values of an enum, or nothing if there is none, or it is too large for a select."""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if not isinstance(values, list) or not 0 < len(values) <= MOST_CHOICES:
        return []
    if not all(value is None or isinstance(value, str | int | float | bool) for value in values):
        return []
    return [(value if isinstance(value, str) else json_text(value), value) for value in values]


def item_type(schema: dict[str, Any]) -> str:
    """Return the type of an array's items if each fits into a line, or nothing."""
    items = schema["items"]
    simple = isinstance(items, dict) and not items.keys() & {
        "enum",
        "const",
        "format",
        "$ref",
        "anyOf",
        "oneOf",
        "allOf",
    }
    return items["type"] if simple and isinstance(items.get("type"), str) and items["type"] in _SCALARS else ""


def fits(kind: str, value: Any, choices: list[tuple[str, Any]], schema: dict[str, Any]) -> bool:
    """Return whether a field of the kind can show the value and give it back."""
    match kind:
        case "text" | "long":
            return isinstance(value, str) and "\r" not in value and len(value) <= _LONGEST_SHOWN
        case "integer" | "number":
            return isinstance(value, int if kind == "integer" else int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "choice":
            return any(_same(value, choice) for _, choice in choices)
        case "date":
            return isinstance(value, str) and _is_date(value)
        case "datetime":
            return isinstance(value, str) and _local(value) != ""
        case "lines":
            return isinstance(value, list) and all(_fits_line(item, schema["items"]["type"]) for item in value)
        case "rows":
            return isinstance(value, list)
        case "group":
            return isinstance(value, dict) and value.keys() <= schema["properties"].keys()
    return True


def shown_as(kind: str, value: Any, choices: list[tuple[str, Any]]) -> str:
    """Return what the control shows for a value that fits."""
    match kind:
        case "text" | "long" | "date":
            return str(value)
        case "choice":
            return str(next(place for place, (_, choice) in enumerate(choices) if _same(value, choice)))
        case "datetime":
            return _local(value)
        case "lines":
            return "\n".join(item if isinstance(item, str) else json_text(item) for item in value)
        case "group" | "rows":
            return ""
        case "json":
            return json_text(value, indent=True)
    return json_text(value)


def _same(value: Any, choice: Any) -> bool:
    return type(value) is type(choice) and value == choice


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _fits_line(item: Any, kind: str) -> bool:
    if isinstance(item, bool) or not isinstance(item, _SCALARS[kind]):
        return False
    return not isinstance(item, str) or (item == item.strip() != "" and len(item.splitlines()) == 1)


def _local(text: str) -> str:
    """Return a time on the reader's clock, as a field of type datetime-local shows it. Empty if it cannot show it."""
    time = exact_time(text)
    try:
        return timezone.localtime(time).replace(tzinfo=None).isoformat(timespec="seconds") if time else ""
    except OverflowError:  # such as the first hours of year 1, which are not in the calendar west of UTC
        return ""
