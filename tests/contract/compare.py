"""Whether a program written for their document is served by ours. Each difference is a sentence."""

from collections.abc import Iterator
from typing import Any

from tests.contract.cloud_alone import FIELDS

Document = dict[str, Any]
Schema = dict[str, Any]

ANYTHING = "anything"
_OURS_ALONE = {"account_id", "workspace_id"}
_HEADERS = {"x-prefect-api-version", "x-prefect-ui"}  # views read them, and do not document them


def differences(ours: Document, mine: Schema, theirs: Document, yours: Schema) -> list[str]:
    """Of one operation: `mine` of the document `ours`, `yours` of the document `theirs`."""
    return [
        *_parameters(ours, mine, theirs, yours),
        *_request(ours, mine, theirs, yours),
        *_answers(ours, mine, theirs, yours),
    ]


def _parameters(ours: Document, mine: Schema, theirs: Document, yours: Schema) -> Iterator[str]:
    have, want = _named(mine), _named(yours)
    if have.keys() != want.keys():
        yield f"parameters: ours {sorted(have)}, theirs {sorted(want)}"
    for key in have.keys() & want.keys():
        where = f"parameter {key[1]}"
        if have[key].get("required", False) and not want[key].get("required", False):
            yield f"{where}: we require it"
        yield from _fits(theirs, want[key]["schema"], ours, have[key]["schema"], where)


def _named(operation: Schema) -> dict[tuple[str, str], Schema]:
    return {
        (one["in"], one["name"]): one
        for one in operation.get("parameters", [])
        if one["name"].lower() not in _HEADERS and one["name"] not in _OURS_ALONE
    }


def _request(ours: Document, mine: Schema, theirs: Document, yours: Schema) -> Iterator[str]:
    have, want = (one.get("requestBody", {}).get("content", {}) for one in (mine, yours))
    if have.keys() != want.keys():
        yield f"request: ours {sorted(have)}, theirs {sorted(want)}"
    for media in have.keys() & want.keys():
        yield from _fits(theirs, want[media]["schema"], ours, have[media]["schema"], "request")


def _answers(ours: Document, mine: Schema, theirs: Document, yours: Schema) -> Iterator[str]:
    have, want = (
        {status: answer for status, answer in one["responses"].items() if status < "400"} for one in (mine, yours)
    )
    if not want.keys() <= have.keys():
        yield f"answers: ours {sorted(have)}, theirs {sorted(want)}"
    for status in have.keys() & want.keys():
        content, wanted = (one[status].get("content", {}).get("application/json", {}) for one in (have, want))
        if bool(content.get("schema")) and bool(wanted.get("schema")):
            yield from _fits(ours, content["schema"], theirs, wanted["schema"], f"answer {status}", whole=True)


def _fits(
    given: Document, gives: Schema, taken: Document, takes: Schema, where: str, *, whole: bool = False, depth: int = 0
) -> Iterator[str]:
    """What is given by the one document is taken by the other. `whole`: and everything that is taken is given."""
    from_, to = list(_kinds(given, gives)), list(_kinds(taken, takes))
    kinds, allowed = {kind for kind, _ in from_}, {kind for kind, _ in to}
    if ANYTHING in allowed:
        return
    if "number" in allowed:
        allowed.add("integer")
    if not kinds <= allowed:
        yield f"{where}: {sorted(kinds)} is given, {sorted(allowed)} taken"
    choices, choosable = _choices(from_), _choices(to)
    if choosable and choices is None:
        yield f"{where}: any string is given, only {sorted(choosable)} taken"
    elif choosable and choices is not None and not choices <= choosable:
        yield f"{where}: of {sorted(choices)} are not taken {sorted(choices - choosable)}"
    for kind in ("object", "array"):
        givens, takens = ([schema for its, schema in some if its == kind] for some in (from_, to))
        if len(givens) == 1 == len(takens) and depth < 12:
            step = _objects if kind == "object" else _arrays
            yield from step(given, givens[0], taken, takens[0], where, whole=whole, depth=depth + 1)


def _objects(
    given: Document, gives: Schema, taken: Document, takes: Schema, where: str, *, whole: bool, depth: int
) -> Iterator[str]:
    have, want = gives.get("properties", {}), takes.get("properties", {})
    if not want and takes.get("additionalProperties", True) is not False:
        return
    if unknown := have.keys() - want.keys() - FIELDS:
        yield f"{where}: not taken {sorted(unknown)}"
    if whole and (missing := want.keys() - have.keys()):
        yield f"{where}: not given {sorted(missing)}"
    if demanded := set(takes.get("required", [])) - set(gives.get("required", [])):
        yield f"{where}: required and perhaps not given {sorted(demanded)}"
    for name in sorted(have.keys() & want.keys()):
        yield from _fits(given, have[name], taken, want[name], f"{where}.{name}", whole=whole, depth=depth)


def _arrays(
    given: Document, gives: Schema, taken: Document, takes: Schema, where: str, *, whole: bool, depth: int
) -> Iterator[str]:
    yield from _fits(
        given, gives.get("items", {}), taken, takes.get("items", {}), f"{where}[]", whole=whole, depth=depth
    )


def _kinds(document: Document, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The JSON types that fit, each with the schema that says so."""
    if reference := schema.get("$ref"):
        yield from _kinds(document, document["components"]["schemas"][reference.rpartition("/")[2]])
    elif options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        for option in options:
            yield from _kinds(document, option)
    elif "const" in schema or "enum" in schema:
        yield "string", schema
    elif "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        yield from ((kind, schema) for kind in types)
    else:
        yield ANYTHING, schema


def _choices(kinds: list[tuple[str, Schema]]) -> set[str] | None:
    """The literal strings that fit; None when any string does."""
    found: set[str] = set()
    for kind, schema in kinds:
        if kind == "string":
            literal = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
            if literal is None:
                return None
            found |= set(map(str, literal))
    return found
