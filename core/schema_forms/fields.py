"""The fields of a form, made from a schema and the values that are to be shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from core.pages.query_strings import shortened
from core.schema_forms.kinds import choices_of, fits, item_type, kind_of, shown_as
from core.schema_forms.resolving import resolve

UNSET: Any = object()  # in place of a value that there is none
OMIT, NULL, EMPTY = "omit", "null", "empty"  # what an empty field means
_MOST_FIELDS, _DEEPEST = 60, 3
MOST_ROWS = 20  # of an array
_MOST_IN_ROW, _MOST_SHOWN = 10, 30  # fields of a row, and of all rows that a form begins with
_LONGEST_LABEL, _LONGEST_HELP = 120, 500
SELECTS = ("choice", "boolean")
_WITH_EMPTY = ("text", "long", "lines", "group", "rows")  # kinds with a value that looks empty


class TooComplex(Exception):
    """The schema has too many fields for a form, or is none."""


@dataclass(slots=True)
class Field:
    """One value in the form. `initial` is the value that it shows, or UNSET.

    `when_empty` says what the field means if it is left empty, and `meanings` what it can mean. `error` and
    `when_empty` change when the form is read.
    """

    path: tuple[str, ...]
    label: str
    help: str
    kind: str
    required: bool
    nullable: bool
    initial: Any
    shown: str
    choices: list[tuple[str, Any]] = field(default_factory=list)
    children: list["Field"] = field(default_factory=list)
    item_type: str = ""
    minimum: str | None = None
    maximum: str | None = None
    when_empty: str = ""
    error: str = ""
    new_row: Callable[[int], "Field"] | None = None  # of an array with rows: returns an empty one with this number

    @property
    def name(self) -> str:
        """The name of the control: a prefix and the path of keys, so that a changed schema does not mix up fields."""
        return "p:" + "/".join(quote(key, safe="") for key in self.path)

    @property
    def id(self) -> str:
        return "field-" + "-".join(quote(key, safe="").replace("%", "_") for key in self.path)

    @property
    def meanings(self) -> list[tuple[str, str]]:
        """What an empty field can mean."""
        empty = {"lines": "send an empty list", "rows": "send an empty list", "group": "send an empty object"}.get(
            self.kind, "send an empty text"
        )
        possible = [
            (not self.required, OMIT, "leave it out"),
            (self.nullable, NULL, "send null"),
            (self.kind in _WITH_EMPTY and not self.is_required, EMPTY, empty),
        ]
        return [(meaning, words) for is_possible, meaning, words in possible if is_possible]

    @property
    def is_required(self) -> bool:
        """Whether an empty field is an error."""
        has_fields = self.kind in ("group", "rows")
        return self.required and not self.nullable and not has_fields and self.initial not in ("", [])

    @property
    def may_grow(self) -> bool:
        return len(self.children) < MOST_ROWS

    def row_label(self, number: int) -> str:
        """Return the label of a row of this array."""
        return f"{self.label} {number + 1}"


def build_form(schema: Any, values: Mapping[str, Any]) -> list[Field]:
    """Return the fields for the properties of a schema. Raises `TooComplex`.

    A field shows the value in `values` or, if there is none, the schema's default.
    """
    if not isinstance(schema, dict) or not isinstance(schema.get("properties", {}), dict):
        raise TooComplex
    return _fields(schema, schema, values, (), defaults=True)


def _fields(
    schema: dict[str, Any], root: dict[str, Any], values: Mapping[str, Any], path: tuple[str, ...], *, defaults: bool
) -> list[Field]:
    properties = schema.get("properties", {})
    if len(properties) > _MOST_FIELDS:
        raise TooComplex
    required = schema.get("required")
    required = [key for key in required if isinstance(key, str)] if isinstance(required, list) else []
    resolved = {key: resolve(property, root) for key, property in properties.items()}
    keys = sorted(resolved, key=lambda key: _position(resolved[key][0]))
    fields: list[Field] = []
    for key in keys:
        value = values.get(key, UNSET)
        fields.append(_field(resolved[key], root, value, (*path, key), required=key in required, defaults=defaults))
        if _count(fields) > _MOST_FIELDS:  # before the next one, because references multiply
            raise TooComplex
    return fields


def _field(
    resolved: tuple[dict[str, Any], bool],
    root: dict[str, Any],
    value: Any,
    path: tuple[str, ...],
    *,
    required: bool,
    defaults: bool,
) -> Field:
    schema, nullable = resolved
    if value is UNSET and defaults and "default" in schema:
        value = schema["default"]
    kind = kind_of(schema, value if value is not UNSET else None)
    if kind == "group" and len(path) >= _DEEPEST:
        kind = "json"
    choices = choices_of(schema)
    items = _row_schema(schema, root, value, path) if kind == "json" else None
    if items is not None:
        kind = "rows"
    if value is not UNSET and value is not None and not fits(kind, value, choices, schema):
        kind = "json"
    made = Field(
        path=path,
        label=_text(schema.get("title"), path[-1], _LONGEST_LABEL),
        help=_text(schema.get("description"), "", _LONGEST_HELP),
        kind=kind,
        required=required,
        nullable=nullable,
        initial=value,
        shown="" if value is UNSET or value is None else shown_as(kind, value, choices),
        choices=choices,
        item_type=item_type(schema) if kind == "lines" else "",
        minimum=_number(schema.get("minimum")),
        maximum=_number(schema.get("maximum")),
    )
    if kind == "group":
        given = value if isinstance(value, dict) else {}
        made.children = _fields(schema, root, given, path, defaults=value is UNSET and defaults and required)
    if items is not None:
        _add_rows(made, items, root, value)
    made.when_empty = _default_meaning(made)
    if kind in SELECTS and not made.shown:
        made.shown = made.when_empty  # one of the options of the select
    return made


def _row_schema(
    schema: dict[str, Any], root: dict[str, Any], value: Any, path: tuple[str, ...]
) -> dict[str, Any] | None:
    """Return the schema of an array's items if rows of fields can show the array and its present value."""
    if schema.get("type") != "array" or len(path) + 1 >= _DEEPEST or choices_of(schema):  # a row is one level deeper
        return None
    items, nullable = resolve(schema.get("items"), root)
    if nullable or kind_of(items, None) != "group" or len(items["properties"]) > _MOST_IN_ROW:
        return None
    if value is UNSET or value is None:
        return items
    shown = isinstance(value, list) and len(value) <= MOST_ROWS and all(fits("group", row, [], items) for row in value)
    return items if shown and len(value) * (1 + len(items["properties"])) <= _MOST_SHOWN else None


def _add_rows(made: Field, items: dict[str, Any], root: dict[str, Any], value: Any) -> None:
    """Add the present rows to an array, and how to make more."""

    def row(number: int, given: Any) -> Field:
        path = (*made.path, str(number))
        shown = _field((items, False), root, given, path, required=True, defaults=given is UNSET)
        shown.label = made.row_label(number)
        return shown

    made.new_row = lambda number: row(number, UNSET)
    made.children = [row(number, given) for number, given in enumerate(value if isinstance(value, list) else [])]


def _default_meaning(made: Field) -> str:
    wanted = NULL if made.initial is None else EMPTY if made.initial in ("", [], {}) else OMIT
    possible = [meaning for meaning, _ in made.meanings]
    return wanted if wanted in possible else next(iter(possible), "")


def _position(schema: dict[str, Any]) -> float:
    """Return the place that Prefect gives to a parameter. Others come last, in the order of the schema."""
    position = schema.get("position")
    return position if isinstance(position, int) else float("inf")


def _text(value: Any, otherwise: str, most: int) -> str:
    return shortened(value if isinstance(value, str) and value.strip() else otherwise, most)


def _number(value: Any) -> str | None:
    """Return a bound as the text of an attribute."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return shortened(orjson.dumps(value).decode(), 40) if is_number and abs(value) < 2**63 else None


def _count(fields: list[Field]) -> int:
    return sum(1 + _count(each.children) for each in fields)
