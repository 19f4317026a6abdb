"""Schemas that attack, each with a value and the beginning of the answer. Add to `SCHEMAS`, or to a generator below.

A schema is JSON text or a value. None for the answer: any refusal or acceptance that is quick and reaches nothing.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

INVALID = "Invalid schema: "
FAILED = "Reason: Validation failed"
CIRCULAR = "Invalid schema: Unable to validate schema with circular references."
NOT_JSON = "Run input schema is not valid JSON."
UNRESOLVABLE = "Reason: Validation failed. Failure reason: Unresolvable: "

Attack = tuple[str, Any, dict[str, Any], str | None]

_TARGETS = (
    "http://127.0.0.1:9/x", "https://example.com/schema.json", "file:///etc/passwd", "file://localhost/etc/hosts",
    "ftp://127.0.0.1/x", "//127.0.0.1:9/x", "/etc/passwd", "../../etc/passwd", "gopher://127.0.0.1:6379/_INFO",
    "http://169.254.169.254/latest/meta-data/", "urn:nothing", "data:application/json,{}", "unix:///var/run/docker.sock",
    "http://[::1]:9/", "jar:file:///x", "netdoc:///etc/passwd", "HTTP://127.0.0.1:9", "http://127.0.0.1:9/x#/a",
)  # fmt: skip
_PATTERNS = (
    r"^(a+)+$", r"^(a|aa)+$", r"^(a|a?)+$", r"(x+x+)+y", r"^(\w+\s?)*$", r"^([a-zA-Z0-9]+)*$", r"(.*a){20}$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(a*)*b", r"((a*)*)*b", r"(.+)+=", r"(?:a?){30}a{30}", r"a*a*a*a*a*a*a*a*b",
    r"^(.*?,){12}P", r"(\p{L}+)+\d$", r"[^x]*[^y]*[^z]*q", r"(a|b|ab)*c", r"^(?:.|\s)*x$", r"(0|1)*1(0|1){15}$",
)  # fmt: skip
_BACKTRACKING = (
    r"(?=(a+)+$)(a+)+b", r"(?=.*x)y", r"(?:(?=.*x)|a)*y", r"(.*)\1\1\1x", r"(a*)*\1b", r"(?!.*(a+)+b)(a+)+c",
    r"(?<=a{1,50})b", r"(?=[^x]*[^y]*[^z]*q)z", r"(\w+)\s\1\s\1", r"^(?=(.*.*.*.*=)).*$",
)  # fmt: skip
_MALFORMED = (
    "(", "[", "a{", "a{2,1}", "*", "+a", "(?P<x", "\\", "(?<n>a)(?<n>b)", "[z-a]", "(?", "\\p{Nope}", "(?z)a",
    "a{99999999999}", "(((((a{1,100}){1,100}){1,100}){1,100}){1,100})", "\\p{L}{1000}", "(" * 500,
    "x" * 501, "a" * 100_000,
)  # fmt: skip
_DRAFTS = (
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema#",
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-04/schema#",
    "http://json-schema.org/draft-03/schema#",
)


def _nested(opening: str, closing: str, levels: int, inner: str = "{}") -> str:
    return opening * levels + inner + closing * levels


def _chain(keyword: str, width: int, length: int, **more: Any) -> dict[str, Any]:
    """References that multiply: `width` to the power of `length` evaluations."""

    def link(number: int) -> Any:
        ref = {"$ref": f"#/$defs/a{number + 1}"}
        if keyword in {"allOf", "anyOf", "oneOf"}:
            return {keyword: [ref] * width}
        if keyword == "dependentSchemas":
            return {keyword: dict.fromkeys("ab"[:width], ref)}
        if keyword == "if":
            return {"if": ref, "then": ref, "else": ref}
        return {keyword: ref}

    return {"$defs": {f"a{n}": link(n) for n in range(length)} | {f"a{length}": more}, "$ref": "#/$defs/a0"}


def references() -> Iterator[Attack]:
    for number, target in enumerate(_TARGETS):
        yield f"$ref {number}", {"$ref": target}, {"a": 1}, UNRESOLVABLE
        yield f"$dynamicRef {number}", {"$dynamicRef": target}, {"a": 1}, UNRESOLVABLE
        yield f"$schema {number}", {"$schema": target, "type": "object"}, {"a": 1}, None
        yield f"$id {number}", {"$id": target, "$ref": "other.json"}, {"a": 1}, None
        yield f"$ref below $id {number}", {"properties": {"a": {"$id": target, "$ref": "b"}}}, {"a": 1}, None
    for ref in ("#/nowhere", "#nowhere", "#/$defs/a/b", "#/%zz", "#/~2", "x#y#z", "http://[", "\u0000", "#" * 5_000):
        yield f"broken $ref {ref[:12]!r}", {"$ref": ref}, {"a": 1}, None
    yield "long pointer", {"$ref": "#" + "/a" * 50_000}, {"a": 1}, None
    yield "reference to no schema", {"x": [1], "$ref": "#/x"}, {"a": 1}, INVALID
    yield "reference to a bad schema", {"x": {"properties": 5}, "$ref": "#/x"}, {"a": 1}, INVALID
    yield "reference to a bad pattern", {"x": {"patternProperties": {"(": 1}}, "$ref": "#/x"}, {"a": 1}, INVALID
    yield "reference to a number", {"const": 1, "$ref": "#/const"}, {"a": 1}, INVALID


def circles() -> Iterator[Attack]:
    for schema in (
        {"$ref": "#"},
        {"$dynamicAnchor": "x", "$dynamicRef": "#x"},
        {"$anchor": "x", "$ref": "#x"},
        {"allOf": [{"$ref": "#"}]},
        {"not": {"$ref": "#"}},
        {"if": {"$ref": "#"}},
        {"$id": "http://example.com/x", "$ref": "http://example.com/x"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"dependentSchemas": {"a": {"$ref": "#"}}},
        {"$ref": "#", "unevaluatedProperties": False},
    ):
        yield f"circle {json.dumps(schema)[:40]}", schema, {"a": 1}, CIRCULAR


def bombs() -> Iterator[Attack]:
    for keyword in ("allOf", "anyOf", "oneOf", "dependentSchemas", "if"):
        for last in ({}, {"type": "string"}, {"unevaluatedProperties": False}):
            schema = _chain(keyword, 2, 40, **last)
            yield f"{keyword} bomb {last}", schema, {"a": 1, "b": 2}, None
            yield (
                f"{keyword} bomb, unevaluated {last}",
                {**schema, "unevaluatedProperties": False},
                {"a": 1, "b": 2},
                None,
            )
    children = {"additionalProperties": {"$ref": "#"}}
    deep: dict[str, Any] = {}
    for _ in range(60):
        deep = {"a": deep}
    yield "doubling with the depth of the value", {"allOf": [children, children]}, deep, None
    yield "a list beside itself", {"items": {"allOf": [{"$ref": "#"}] * 8}}, {"a": [[[[[[1] * 5] * 5] * 5] * 5]]}, None
    metaschema = "https://json-schema.org/draft/2020-12/schema"
    yield "metaschema of itself", {"$ref": metaschema}, {"properties": deep}, None
    yield "metaschema of many", {"properties": {"a": {"$ref": metaschema}}}, {"a": {"allOf": [{}] * 5_000}}, INVALID


def drafts() -> Iterator[Attack]:
    """Subschemas that name a draft of their own: the jsonschema package has a validator without bounds for each."""
    text = "a" * 24 + "!"
    for draft in _DRAFTS:
        slow = {"$schema": draft, "pattern": "^(a+)+$"}
        yield f"pattern in {draft}", {"properties": {"a": slow}}, {"a": text}, None
        yield f"pattern in {draft} unevaluated", {"unevaluatedProperties": slow}, {"a": text}, None
        names = {"$schema": draft, "patternProperties": {"^(a+)+$": {}}}
        yield f"name in {draft}", {"$schema": draft, "allOf": [names]}, {text: 1}, None
        below = {"$schema": draft, "allOf": [{"$ref": "#/$defs/a0"}]}
        yield f"bomb in {draft}", {**_chain("allOf", 2, 14), "$ref": "#", "allOf": [below]}, {"a": 1}, None
        many = {"$schema": draft, "items": {"allOf": [{"items": {}}] * 50}}
        yield f"large in {draft}", {"properties": {"a": many}}, {"a": [[1] * 10] * 9_000}, None


def patterns() -> Iterator[Attack]:
    texts = ("a" * 30_000 + "!", "ab" * 10_000, "x" * 20_000, "0" * 5_000 + "!", "é" * 5_000)
    for number, pattern in enumerate(_PATTERNS):
        text = texts[number % len(texts)]
        yield f"pattern {pattern}", {"properties": {"a": {"pattern": pattern}}}, {"a": text}, None
        yield f"patternProperties {pattern}", {"patternProperties": {pattern: {"type": "null"}}}, {text: None}, None
        yield (
            f"additionalProperties {pattern}",
            {"patternProperties": {pattern: {}}, "additionalProperties": False},
            {text: 1},
            None,
        )
    for pattern in _BACKTRACKING:
        for length in (1_000, 30_000):
            yield (
                f"backtracking {pattern} {length}",
                {"properties": {"a": {"pattern": pattern}}},
                {"a": "a" * length},
                None,
            )
        yield f"names {pattern}", {"propertyNames": {"pattern": pattern}}, {"a" * 900: 1}, None
    for pattern in _MALFORMED:
        yield f"malformed {pattern[:20]}", {"properties": {"a": {"pattern": pattern}}}, {"a": "x"}, INVALID
        yield f"malformed names {pattern[:20]}", {"patternProperties": {pattern: {}}}, {"a": "x"}, INVALID
    many = {f"p{n}": {"pattern": "(?i)" + r"\w" * 200 + str(n)} for n in range(300)}
    yield "many costly patterns", {"properties": many}, dict.fromkeys(many, "x"), None
    yield "format regex", {"properties": {"a": {"format": "regex"}}}, {"a": "(a+)+" * 1_000}, ""


def large() -> Iterator[Attack]:
    words = [str(number) * 3 for number in range(5_000)]
    yield "many subschemas", {"allOf": [{"type": "object"}] * 4_000}, {}, None
    yield "many properties", {"properties": {word: {} for word in words}}, {}, ""
    yield "huge enum", {"properties": {"a": {"items": {"enum": words}}}}, {"a": ["x"] * 1_000}, None
    yield (
        "deep enum",
        {"items": {"enum": [list(range(9_000))]}, "properties": {"a": {"$ref": "#"}}},
        {"a": [list(range(8_999))] * 30},
        None,
    )
    yield "huge required", {"required": words}, {}, FAILED
    yield "required everywhere", {"additionalProperties": {"required": words}}, {word: {} for word in words[:500]}, None
    yield (
        "dependentSchemas",
        {"dependentSchemas": {word: {"type": "object"} for word in words[:3_000]}},
        dict.fromkeys(words, 1),
        None,
    )
    yield "dependentRequired", {"dependentRequired": {"a": words}}, {"a": 1}, FAILED
    yield (
        "uniqueItems of objects",
        {"properties": {"a": {"uniqueItems": True}}},
        {"a": [{"n": n} for n in range(20_000)]},
        None,
    )
    yield (
        "uniqueItems of mixed",
        {"properties": {"a": {"uniqueItems": True}}},
        {"a": [[n] if n % 2 else str(n) for n in range(3_000)]},
        None,
    )
    yield "contains", {"properties": {"a": {"contains": {"contains": {"const": 1}}}}}, {"a": [[0] * 100] * 200}, None
    yield "maxContains", {"properties": {"a": {"contains": True, "maxContains": 1}}}, {"a": [0] * 50_000}, None
    yield (
        "unevaluatedItems",
        {"properties": {"a": {"unevaluatedItems": False, "allOf": [{"items": True}] * 3_000}}},
        {"a": [1] * 5_000},
        None,
    )
    yield "prefixItems", {"properties": {"a": {"prefixItems": [{"type": "null"}] * 6_000}}}, {"a": [1] * 6_000}, None
    yield "large value, many errors", {"allOf": [{"type": "string"}] * 3_000}, {"a": "x" * 400_000}, FAILED
    yield (
        "large value, nested anyOf",
        {"anyOf": [{"anyOf": [{"type": "string"}] * 40}] * 40},
        {"a": "x" * 400_000},
        None,
    )
    yield "oneOf of everything", {"oneOf": [{}] * 5_000}, {"a": "x" * 100_000}, None
    yield "not", {"not": {}}, {"a": ["x"] * 50_000}, FAILED
    yield "additional properties", {"additionalProperties": False}, dict.fromkeys(words, 1), None
    yield "long list", {"properties": {"a": {"items": {"type": "number"}}}}, {"a": [1.5] * 50_000}, None
    yield "propertyNames", {"propertyNames": {"maxLength": 1}}, dict.fromkeys(words, 1), None
    yield (
        "anchors",
        {
            "$defs": {f"a{n}": {"$anchor": f"a{n}"} for n in range(3_000)},
            "properties": {"a": {"items": {"$ref": "#a5"}}},
        },
        {"a": [1] * 3_000},
        None,
    )
    yield "too many bytes", {"description": "x" * 300_000}, {}, INVALID
    yield "too many values", {"examples": [1] * 30_000}, {}, INVALID
    yield "too many errors in the schema", {"allOf": [1] * 9_000}, {}, INVALID


def numbers() -> Iterator[Attack]:
    for divisor in (1e-300, 5e-324, 0.1, 1e300, 3, 10**18):
        for value in (10**100, 10**17, 1e308, -1e-308, 0, 5e-324, 0.3):
            yield f"{value} by {divisor}", {"properties": {"a": {"multipleOf": divisor}}}, {"a": value}, None
    yield "division by zero", {"multipleOf": 0}, {}, INVALID
    yield "hidden division by zero", {"x": {"multipleOf": 0}, "properties": {"a": {"$ref": "#/x"}}}, {"a": 1}, INVALID
    yield "no bound", {"properties": {"a": {"minimum": -1e308, "maximum": 1e308}}}, {"a": 10**180}, ""


def malformed() -> Iterator[Attack]:
    for text in (
        "",
        "nonsense",
        "{",
        "[" * 100_000,
        "NaN",
        '{"a": Infinity}',
        '"\\ud800"',
        "{'a': 1}",
        "\ufeff{}",
        "1e999",
    ):
        yield f"text {text[:12]!r}", text, {"a": 1}, NOT_JSON
    for text in ("5", "[]", '"x"', "null", "1.5"):
        yield f"text {text}", text, {"a": 1}, INVALID
    for name, opening, closing in (
        ("not", '{"not":', "}"),
        ("allOf", '{"allOf":[', "]}"),
        ("enum", '{"enum":[', "]}"),
        ("default", '{"default":', "}"),
        ("properties", '{"properties":{"a":', "}}"),
    ):
        for levels in (120, 450):
            yield f"{levels} levels of {name}", _nested(opening, closing, levels), {"a": 1}, INVALID
    yield "1500 levels", _nested('{"not":', "}", 1_500), {"a": 1}, NOT_JSON
    broken: tuple[Any, ...] = (
        {"type": "nonsense"}, {"type": 5}, {"type": []}, {"properties": []}, {"properties": {"a": 5}},
        {"required": "a"},
        {"required": [1]}, {"required": ["a", "a"]}, {"items": []}, {"allOf": []}, {"allOf": {}}, {"enum": 1},
        {"minimum": "1"}, {"multipleOf": -1}, {"minLength": -1}, {"maxItems": 1.5}, {"pattern": 5}, {"$ref": 5},
        {"$id": 5}, {"$anchor": "#x"}, {"$defs": 5}, {"not": 5}, {"dependentRequired": {"a": 5}}, {"if": 1},
        {"$dynamicRef": []}, {"patternProperties": 5}, {"uniqueItems": 1}, {"$vocabulary": []}, {"contains": 5},
    )  # fmt: skip
    for schema in broken:
        yield f"malformed {json.dumps(schema)}", schema, {"a": 1}, INVALID


def fuzzed(count: int = 60) -> Iterator[Attack]:
    """Keywords with parameters of any kind, in places that are checked and in places that only references reach."""
    made = random.Random(1)
    keywords = """
        type properties patternProperties additionalProperties items prefixItems contains uniqueItems enum const
        required allOf anyOf oneOf not if then unevaluatedProperties unevaluatedItems multipleOf minimum maxLength
        pattern dependentRequired dependentSchemas $ref $dynamicRef $id $anchor minContains format
    """.split()  # noqa: SIM905  a table
    parameters: tuple[Any, ...] = (
        None,
        True,
        0,
        -1,
        1.5,
        1e300,
        "",
        "a",
        "(",
        "#",
        "#/x",
        [],
        [1],
        ["a"],
        {},
        {"a": 1},
        {"a": {}},
        [{}],
        [[]],
    )
    for number in range(count):
        hidden = {made.choice(keywords): made.choice(parameters) for _ in range(3)}
        yield f"fuzzed {number}", {"x": hidden, "$ref": "#/x"}, {"a": made.choice(parameters)}, None


SCHEMAS = [
    attack
    for generator in (references, circles, bombs, drafts, patterns, large, numbers, malformed, fuzzed)
    for attack in generator()
]
