"""The comparison notices what a client would notice."""

from copy import deepcopy
from typing import Any

import pytest

from tests.contract.compare import differences

pytestmark = pytest.mark.one_database(reason="the OpenAPI document has no SQL")

DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Wish": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
            },
            "Thing": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "kind": {"enum": ["A", "B"]},
                    "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                },
            },
        }
    }
}
OPERATION: dict[str, Any] = {
    "parameters": [{"in": "query", "name": "limit", "required": False, "schema": {"type": "integer"}}],
    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Wish"}}}},
    "responses": {
        "201": {
            "content": {
                "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}
            }
        }
    },
}


def test_same_is_no_difference() -> None:
    assert differences(DOCUMENT, OPERATION, DOCUMENT, OPERATION) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("wish['required'].append('tags')", "request: required and perhaps not given ['tags']"),
        ("wish['properties'].pop('tags')", "request: not taken ['tags']"),
        ("wish['properties'].update(name={'type': 'integer'})", "request.name: ['string'] is given, ['integer'] taken"),
        (
            "wish['properties']['tags'].update(items={'enum': ['x']})",
            "request.tags[]: any string is given, only ['x'] taken",
        ),
        ("thing['properties'].pop('size')", "answer 201[]: not given ['size']"),
        ("thing['properties'].update(more={'type': 'string'})", "answer 201[]: not taken ['more']"),
        (
            "thing['properties'].update(kind={'enum': ['A', 'C']})",
            "answer 201[].kind: of ['A', 'C'] are not taken ['C']",
        ),
        (
            "thing['properties'].update(size={'type': 'string'})",
            "answer 201[].size: ['string'] is given, ['integer', 'null'] taken",
        ),
        ("thing.update(required=[])", "answer 201[]: required and perhaps not given ['id']"),
        ("operation['parameters'].clear()", "parameters: ours [], theirs [('query', 'limit')]"),
        ("operation['parameters'][0].update(required=True)", "parameter limit: we require it"),
        (
            "operation['responses'].update({'200': operation['responses'].pop('201')})",
            "answers: ours ['200'], theirs ['201']",
        ),
        ("operation.pop('requestBody')", "request: ours [], theirs ['application/json']"),
    ],
)
def test_difference_is_said(change: str, said: str) -> None:
    document, operation = deepcopy(DOCUMENT), deepcopy(OPERATION)
    schemas = document["components"]["schemas"]
    exec(change, {"wish": schemas["Wish"], "thing": schemas["Thing"], "operation": operation})
    assert differences(document, operation, DOCUMENT, OPERATION) == [said]
