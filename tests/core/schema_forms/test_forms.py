"""Forms made from schemas give back what they show, and bound what a tenant can make of them."""

from typing import Any

import pytest
from django.utils import timezone

from core import json_schema
from core.schema_forms import Field, TooComplex, build_form, field_at, read_values
from core.schema_forms import fields as fields_module

NULL = {"type": "null"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["text", "count", "config"],
    "properties": {
        "text": {"type": "string", "position": 1},
        "count": {"type": "integer", "minimum": 1, "maximum": 9, "position": 0},
        "ratio": {"type": "number"},
        "flag": {"type": "boolean", "default": False},
        "level": {"enum": ["low", "high", 3]},
        "day": {"anyOf": [{"type": "string", "format": "date"}, NULL]},
        "at": {"type": "string", "format": "date-time"},
        "names": {"type": "array", "items": {"type": "string"}},
        "numbers": {"type": "array", "items": {"type": "integer"}},
        "config": {"allOf": [{"$ref": "#/definitions/Config"}]},
        "other": {"anyOf": [{"$ref": "#/definitions/Config"}, NULL], "default": None},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "a/b [c]": {"type": ["string", "null"]},
    },
    "definitions": {
        "Config": {
            "type": "object",
            "required": ["host"],
            "properties": {"host": {"type": "string"}, "port": {"type": "integer", "default": 1}},
        }
    },
}
VALUES: dict[str, Any] = {
    "text": "one",
    "count": 3,
    "ratio": 0.5,
    "flag": True,
    "level": 3,
    "day": "2026-11-30",
    "at": "2026-11-30T06:30:00.123456+01:00",
    "names": ["a b", "c"],
    "numbers": [1, -2],
    "config": {"host": "h"},
    "other": {"host": "x", "port": 2},
    "either": 5,
    "a/b [c]": None,
}


def every(fields: list[Field]) -> list[Field]:
    return [each for field in fields for each in (field, *every(field.children))]


def sent(fields: list[Field], **changes: str) -> dict[str, str]:
    """What a browser sends if somebody changes these fields, named by their paths."""
    data = {field.name: field.shown for field in every(fields)}
    data |= {f"{field.name}-empty": field.when_empty for field in every(fields)}
    for path, value in changes.items():
        data[next(field.name for field in every(fields) if ".".join(field.path) == path)] = value
    return data


def test_form_gives_back_what_it_shows() -> None:
    fields = build_form(SCHEMA, VALUES)
    assert [field.path[0] for field in fields][:2] == ["count", "text"]  # in Prefect's order
    assert read_values(fields, sent(fields)) == (VALUES, True)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_extreme_values_are_given_back(zone: str) -> None:
    time = {"type": "string", "format": "date-time"}
    large = 10**30
    properties: dict[str, Any] = {
        "first": time, "last": time, "count": {"type": "integer"},
        "counts": {"type": "array", "items": {"type": "integer"}}, "any": {}, "one_of": {"enum": [large, 1]},
    }  # fmt: skip
    values = {
        "first": "0001-01-01T00:00:00Z", "last": "9999-12-31T23:59:59Z", "count": large, "counts": [large],
        "any": {"a": large}, "one_of": large,
    }  # fmt: skip
    with timezone.override(zone):
        fields = build_form({"properties": properties}, values)
        assert read_values(fields, sent(fields)) == (values, True)
        changed = sent(fields, any=f'{{"b": {large}}}')
        assert read_values(fields, changed)[0]["any"] == {"b": large}


def test_fields_beyond_the_limit_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Field] = []

    def make(**given: Any) -> Field:
        made.append(Field(**given))
        return made[-1]

    monkeypatch.setattr(fields_module, "Field", make)
    names = [str(number) for number in range(50)]
    inner = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    outer = {"type": "object", "properties": {name: {"$ref": "#/definitions/inner"} for name in names}}
    with pytest.raises(TooComplex):
        build_form(
            {
                "properties": {name: {"$ref": "#/definitions/outer"} for name in names},
                "definitions": {"inner": inner, "outer": outer},
            },
            {},
        )
    assert len(made) < 150


def test_defaults_are_shown_and_what_is_left_empty_is_left_out() -> None:
    fields = build_form(SCHEMA, {})
    data = sent(fields, text="x", count="2", **{"config.host": "h"})
    assert read_values(fields, data) == (
        {"text": "x", "count": 2, "flag": False, "config": {"host": "h", "port": 1}, "other": None},
        True,
    )


def test_what_is_typed_is_converted() -> None:
    fields = build_form(SCHEMA, {})
    typed = {
        "text": " two\r\nlines", "count": "12345678901234567", "ratio": "1e3", "flag": "true", "level": "2",
        "day": "2026-02-28", "at": "2026-11-30T06:30", "names": "x\r\n\r\n y ", "numbers": "7\n8", "config.host": "h",
        "other.host": "o", "either": '"s"', "a/b [c]": "null",
    }  # fmt: skip
    values, right = read_values(fields, sent(fields, **typed))
    assert right
    assert values == {
        "text": " two\nlines", "count": 12345678901234567, "ratio": 1000.0, "flag": True, "level": 3,
        "day": "2026-02-28", "at": "2026-11-30T06:30:00.000Z", "names": ["x", "y"], "numbers": [7, 8],
        "config": {"host": "h", "port": 1}, "other": {"host": "o"}, "either": "s", "a/b [c]": "null",
    }  # fmt: skip


def test_wrong_text_stays_in_its_field_with_an_error() -> None:
    fields = build_form(SCHEMA, {})
    typed = {
        "count": "many", "ratio": "1e999", "flag": "perhaps", "level": "9", "day": "tomorrow", "at": "soon",
        "numbers": "1\ntwo", "either": "{", "config.port": "9" * 30,
    }  # fmt: skip
    _, right = read_values(fields, sent(fields, **typed))
    wrong = {".".join(field.path) for field in every(fields) if field.error}
    assert (right, wrong) == (False, {*typed, "text", "config.host"})
    assert {field.shown for field in every(fields) if field.error} >= set(typed.values())


def test_an_empty_field_means_what_was_chosen() -> None:
    fields = build_form(SCHEMA, VALUES)
    data = sent(fields, **{"a/b [c]": "", "names": "", "day": "", "other.host": "", "other.port": ""})
    meanings = {"a/b [c]": "empty", "names": "empty", "day": "null", "other": "null"}
    data |= {f"{field.name}-empty": meanings[field.path[0]] for field in fields if field.path[0] in meanings}
    values, right = read_values(fields, data)
    assert right
    assert {name: values[name] for name in meanings} == {"a/b [c]": "", "names": [], "day": None, "other": None}


def test_error_is_shown_at_its_field() -> None:
    fields = build_form(SCHEMA, VALUES)
    with pytest.raises(json_schema.InvalidValue) as refused:
        json_schema.validate({**VALUES, "config": {"host": 1}}, json_schema.check_schema(SCHEMA))
    places = (refused.value.field, "config", "numbers[1]", "nowhere", "")
    found = [field_at(fields, place) for place in places]
    assert [field and field.path for field in found] == [("config", "host"), ("config",), ("numbers",), None, None]


@pytest.mark.parametrize(
    "schema",
    [
        None, [], "x", {"properties": []}, {"properties": {str(n): {"type": "string"} for n in range(61)}},
        {"properties": {"a": {"$ref": "#/definitions/A"}}, "definitions": {"A": {"type": "object", "properties": {
            str(n): {"$ref": "#/definitions/A"} for n in range(50)}}}},
    ],
)  # fmt: skip
def test_what_is_no_schema_or_too_large_has_no_form(schema: Any) -> None:
    with pytest.raises(TooComplex):
        build_form(schema, {})


@pytest.mark.parametrize(
    "property",
    [
        None, 3, [], {"$ref": "#/definitions/Loop"}, {"$ref": "https://example.com"}, {"$ref": 5}, {"anyOf": 3},
        {"allOf": []}, {"enum": list(range(200))}, {"enum": [[1]]}, {"type": ["string", "integer"]}, {"type": 7},
        {"type": "array", "items": {"type": []}}, {"type": "object"}, {"title": 5, "description": [], "minimum": "x"},
        {"type": "string", "default": 5}, {"type": "integer", "default": True, "minimum": 1e400},
    ],
)  # fmt: skip
def test_strange_properties_become_json(property: Any) -> None:
    schema = {"properties": {"it": property}, "definitions": {"Loop": {"$ref": "#/definitions/Loop"}}}
    fields = build_form(schema, {})
    assert fields[0].kind in ("json", "integer")
    assert read_values(fields, {fields[0].name: "7"}) == ({"it": 7}, True)
