"""The safe validator says what the jsonschema package says, and refuses what would cost too much."""

import random
import socket
from contextlib import suppress
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry

from core import json_schema
from core.json_schema import (
    CircularSchema,
    InvalidSchema,
    InvalidValue,
    SchemaNotJson,
    check_schema,
    load_schema,
    validate,
)

pytestmark = pytest.mark.one_database(reason="no SQL")

KEYWORDS = """
    type properties patternProperties additionalProperties items prefixItems contains uniqueItems enum const required
    allOf anyOf oneOf not if then else unevaluatedProperties unevaluatedItems multipleOf minimum maxLength pattern
    propertyNames dependentRequired dependentSchemas minItems $ref minContains maxProperties
""".split()  # noqa: SIM905  a table


class Generator:
    """Small random schemas, and values that fit them often enough."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def value(self, depth: int = 0) -> Any:
        kind = self.random.randrange(7 if depth < 3 else 5)
        if kind == 5:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        if kind == 6:
            return {self.random.choice("abc"): self.value(depth + 1) for _ in range(self.random.randrange(4))}
        return self.random.choice([None, True, 0, 1, 2, 3, 1.0, 0.5, 2.5, "a", "b", "ab", "x1"])

    def schema(self, depth: int = 0) -> Any:
        if depth > 3 or self.random.random() < 0.1:
            kind = self.random.choice(["string", "integer", "object", "array", "number", "null"])
            return self.random.choice([True, False, {}, {"type": kind}, {"$ref": "#/$defs/d"}])
        names = self.random.choices(KEYWORDS, k=self.random.randrange(1, 4))
        return {name: self.parameter(name, depth + 1) for name in names}

    def parameter(self, name: str, depth: int) -> Any:
        match name:
            case "type":
                return self.random.choice(["string", "integer", "object", "array", ["null", "number"]])
            case "properties":
                return {key: self.schema(depth) for key in self.random.sample("abc", 2)}
            case "patternProperties":
                return {self.random.choice(["a", "^b", "c$"]): self.schema(depth)}
            case "allOf" | "anyOf" | "oneOf" | "prefixItems":
                return [self.schema(depth), self.schema(depth)]
            case "enum":
                return [self.value() for _ in range(3)]
            case "const":
                return self.value()
            case "required":
                return self.random.sample("abc", 2)
            case "dependentRequired":
                return {"a": ["b"]}
            case "dependentSchemas":
                return {"a": self.schema(depth)}
            case "uniqueItems":
                return True
            case "multipleOf":
                return self.random.choice([2, 0.5, 0.1])
            case "pattern":
                return self.random.choice(["a+", "^x", "[0-9]$"])
            case "$ref":
                return "#/$defs/d"
            case "minimum" | "maxLength" | "minItems" | "minContains" | "maxProperties":
                return self.random.randrange(3)
        return self.schema(depth)


def said(value: Any, schema: Any) -> str | None:
    try:
        validate(value, check_schema(schema))
    except InvalidValue as error:
        return str(error)
    return None


def _start(message: str | None) -> str | None:
    return message.partition(" (")[0] if message and message.startswith("Unevaluated") else message


def test_errors_are_those_of_the_jsonschema_package() -> None:
    made = Generator(7)
    refused = 0
    for _ in range(2_000):
        schema, value = made.schema(), made.value()
        if isinstance(schema, dict):
            schema["$defs"] = {"d": {"type": "object", "properties": {"a": {"type": "integer"}}}}
        expected = best_match(Draft202012Validator(schema, registry=Registry()).iter_errors(value))
        # The package lists an unevaluated property once for each of its errors.
        assert _start(said(value, schema)) == _start(expected.message if expected else None), (schema, value)
        refused += expected is not None
    assert refused > 500


@pytest.mark.parametrize(
    ("value", "schema", "field"),
    [
        ({"n": "x"}, {"properties": {"n": {"type": "integer"}}}, "n"),
        ({"a": ["x", 1]}, {"properties": {"a": {"items": {"type": "string"}}}}, "a[1]"),
        ({}, {"required": ["n"]}, ""),
    ],
)
def test_error_names_the_field(value: Any, schema: Any, field: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        validate(value, schema)
    assert caught.value.field == field


@pytest.mark.parametrize(("text", "fits"), [("1.5", True), ("-", False), ("", False), ("+12", True), ("x", False)])
def test_pattern_that_pydantic_writes_for_decimals_is_understood(text: str, fits: bool) -> None:
    assert (said(text, {"pattern": r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"}) is None) == fits


def test_lists_of_records_of_a_usual_size_are_validated() -> None:
    record = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}
    assert said([{"a": "x", "b": 1}] * 1_000, {"type": "array", "items": record}) is None


def test_large_lists_of_records_are_validated() -> None:
    schema = {
        "$defs": {"record": {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}},
        "properties": {"rows": {"type": "array", "items": {"$ref": "#/$defs/record"}}},
    }
    rows: list[dict[str, Any]] = [{"a": "x", "b": number} for number in range(20_000)]
    assert said({"rows": rows}, schema) is None
    rows[-1]["b"] = "y"
    assert said({"rows": rows}, schema) == '"y" is not of type "integer"'


@pytest.mark.parametrize(
    "schema",
    [
        {"items": {"pattern": "^(a+)+$"}},
        {"items": {"allOf": [{"type": "number"}] * 500}},
        {"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"},
        {
            "$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}] * 50}, "b": {"allOf": [{}] * 50}},
            "items": {"$ref": "#/$defs/a"},
        },
        {"items": {"$ref": "#/items/x", "x": {}}},
        {
            "items": {"$ref": "#/$defs/a0"},
            "$defs": {f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(3_000)} | {"a3000": {}},
        },
        {"items": {"properties": {"definitions": {"allOf": [{"type": "number"}] * 500}}}},
        {"items": {"properties": {"$ref": {"type": "string"}, "$id": {"type": "string"}}}},
    ],
)
def test_large_value_whose_cost_cannot_be_told_is_refused(schema: Any) -> None:
    with pytest.raises(InvalidSchema, match="takes too long"):
        validate([1] * 30_000, check_schema(schema))


def test_no_engine_connects_to_anything() -> None:
    """A real listener, because connections of compiled code are not seen by Python's audit hooks."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        outside = {"$ref": f"http://127.0.0.1:{listener.getsockname()[1]}/schema.json"}
        for schema in (outside, {"items": outside}, {"items": {"type": "number"}, "$defs": {"x": outside}}):
            for value in ([1], [1] * 30_000):
                with suppress(InvalidSchema, InvalidValue):
                    validate(value, check_schema(schema))
        with pytest.raises(TimeoutError):
            listener.accept()


def test_references_into_the_schema_by_pointer_anchor_and_id_are_resolved() -> None:
    schema = {
        "$id": "https://example.com/root",
        "$defs": {"n": {"type": "integer"}, "s": {"$anchor": "text", "type": "string"}, "b": {"$id": "b", "const": 1}},
        "properties": {"n": {"$ref": "#/$defs/n"}, "s": {"$ref": "#text"}, "b": {"$ref": "b"}},
    }
    assert said({"n": 1, "s": "x", "b": 1}, schema) is None
    assert said({"n": 1, "s": 2}, schema) == "2 is not of type 'string'"
    assert said({"b": 2}, schema) == "1 was expected"


def test_tree_that_refers_to_itself_is_validated() -> None:
    tree = {"properties": {"children": {"items": {"$ref": "#"}}, "name": {"type": "string"}}}
    value: dict[str, Any] = {"name": "leaf"}
    for _ in range(20):
        value = {"name": "branch", "children": [value, {"name": "leaf"}]}
    assert said(value, tree) is None
    value["children"][1]["name"] = 1
    assert said(value, tree) == "1 is not of type 'string'"


def test_text_that_is_no_json_is_said_to_be_none() -> None:
    for text in ("", "nonsense", "[" * 2_000, "NaN"):
        with pytest.raises(SchemaNotJson):
            load_schema(text)


def test_references_that_lead_to_each_other_are_circular() -> None:
    with pytest.raises(CircularSchema):
        validate({}, {"$ref": "#"})


def test_steps_bound_what_references_multiply() -> None:
    bomb = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)}
    with pytest.raises(InvalidSchema, match="takes too long"):
        validate({}, {"$defs": {**bomb, "a40": {}}, "$ref": "#/$defs/a0"})


@pytest.mark.parametrize(
    "draft", ["https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"]
)
def test_subschema_that_names_its_draft_stays_within_the_bounds(draft: str) -> None:
    """The jsonschema package would go over to a validator of its own there."""
    slow = {"properties": {"a": {"$schema": draft, "pattern": "(a)\\1{40}b"}}}
    with pytest.raises(InvalidSchema):
        validate({"a": "a" * 3_000}, check_schema(slow))
    many = {"properties": {"a": {"$schema": draft, "items": {"multipleOf": 1}}}}
    with pytest.raises(InvalidSchema, match="takes too long"):
        validate({"a": [1] * 30_000}, check_schema(many))


def test_metaschema_stays_within_the_bounds() -> None:
    schema = {"properties": {"a": {"$ref": "https://json-schema.org/draft/2020-12/schema"}}}
    assert said({"a": {"type": "object"}}, schema) is None
    assert said({"a": {"minLength": "x"}}, schema) == "'x' is not of type 'integer'"
    with pytest.raises(InvalidSchema, match="takes too long"):
        validate({"a": {"allOf": [{}] * 5_000}}, schema)


def test_schemas_of_older_clients_are_relaxed() -> None:
    pair = {"type": "array", "items": [{"type": "integer"}, {"type": "string"}]}
    inner = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    schema: dict[str, Any] = {"properties": {"pair": pair, "inner": inner, "c": {"type": "string", "default": "x"}}}
    relaxed = json_schema.accept_null(schema)
    right: list[dict[str, Any]] = [{"pair": [1, "a"]}, {"pair": None}, {"inner": {"a": "a", "b": None}}]
    for value in right:
        json_schema.validate(value, relaxed)
    wrong: list[dict[str, Any]] = [{"pair": ["a"]}, {"inner": {"a": None}}, {"inner": {}}, {"c": None}]
    for value in wrong:
        with pytest.raises(json_schema.InvalidValue):
            json_schema.validate(value, relaxed)
    json_schema.validate({"c": None}, json_schema.accept_null(schema, with_defaults=True))
    json_schema.validate({"inner": {}}, json_schema.without_required(relaxed))
    assert json_schema.wrong_fields({"pair": ["a"], "inner": {}, "c": 1}, relaxed) == {"pair", "inner", "c"}
