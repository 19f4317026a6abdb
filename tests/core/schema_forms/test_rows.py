"""Arrays of objects are rows of fields, which are added and removed without losing what was typed."""

from typing import Any

from core.schema_forms import Field, build_form, change_rows, field_at, read_values

SERVERS: dict[str, Any] = {"type": "array", "title": "Server", "items": {"$ref": "#/definitions/Server"}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["servers"],
    "properties": {"servers": SERVERS, "others": SERVERS | {"default": []}},
    "definitions": {
        "Server": {
            "type": "object",
            "required": ["host"],
            "properties": {"host": {"type": "string"}, "port": {"type": "integer", "default": 22}},
        }
    },
}


def sent(fields: list[Field], **changes: str) -> dict[str, str]:
    """What a browser sends, with these controls changed."""
    data: dict[str, str] = {}
    for field in fields:
        data |= {field.name: field.shown} if field.kind not in ("rows", "group") else {}
        data |= {f"{field.name}-rows": str(len(field.children))} if field.kind == "rows" else {}
        data |= {f"{field.name}-empty": field.when_empty} | sent(field.children)
    return data | {f"p:{name.replace('_', '/')}": value for name, value in changes.items()}


def test_rows_give_back_what_they_show_and_grow_and_shrink() -> None:
    values = {"servers": [{"host": "a", "port": 1}, {"host": "b"}]}
    fields = build_form(SCHEMA, values)
    assert [(field.kind, [row.label for row in field.children]) for field in fields] == [
        ("rows", ["Server 1", "Server 2"]),
        ("rows", []),
    ]
    assert read_values(fields, sent(fields)) == (values | {"others": []}, True)
    # A row is added to what was typed, and has the defaults of a new object.
    fields = build_form(SCHEMA, values)
    read_values(fields, sent(fields, servers_1_host="typed", servers_0_port="x"))
    assert (change_rows(fields, add="p:servers"), change_rows(fields, add="p:unknown")) == (True, False)
    shown = [[child.shown for child in row.children] for row in fields[0].children]
    assert shown == [["a", "x"], ["typed", ""], ["", "22"]]
    # The first is removed, and the others move up with their names.
    assert (change_rows(fields, remove="p:servers/0"), change_rows(fields, remove="p:servers/7")) == (True, False)
    assert [(row.label, row.children[0].name) for row in fields[0].children] == [
        ("Server 1", "p:servers/0/host"),
        ("Server 2", "p:servers/1/host"),
    ]
    data = sent(fields, servers_1_host="c")
    again = build_form(SCHEMA, values)
    assert read_values(again, data) == ({"servers": [{"host": "typed"}, {"host": "c", "port": 22}], "others": []}, True)
    assert field_at(again, "servers[1].port") is again[0].children[1].children[1]
    wrong = build_form(SCHEMA, values)
    assert read_values(wrong, sent(wrong, servers_1_host="", servers_1_port="5"))[1] is False
    assert [row.children[0].error for row in wrong[0].children] == ["", "This is required."]


def test_array_in_an_object_keeps_what_is_in_its_objects() -> None:
    config = {"type": "object", "properties": {"servers": SERVERS}}
    schema = {"properties": {"config": config}, "definitions": SCHEMA["definitions"]}
    values = {"config": {"servers": [{"host": "a", "port": 1}, {"host": "b"}]}}
    fields = build_form(schema, values)
    assert read_values(fields, sent(fields)) == (values, True)


def test_rows_are_bounded_and_other_arrays_are_json() -> None:
    fields = build_form(SCHEMA, {})
    values, right = read_values(fields, {"p:servers-rows": "9999", "p:others-rows": "x"})
    assert (len(fields[0].children), values["servers"][0], right) == (20, {}, True)
    assert (change_rows(fields, add="p:servers"), fields[0].may_grow) == (False, False)
    many = {f"a{number}": SERVERS for number in range(50)}
    fields = build_form({"properties": many, "definitions": SCHEMA["definitions"]}, {})
    read_values(fields, {f"p:a{number}-rows": "20" for number in range(50)})
    assert sum(len(row.children) + 1 for field in fields for row in field.children) == 300
    for items, value in (
        ({"type": "object"}, []),
        ({"anyOf": [{"$ref": "#/definitions/Server"}, {"type": "null"}]}, []),
        ({"$ref": "#/definitions/Server"}, [{"host": "a"}] * 11),
        ({"$ref": "#/definitions/Server"}, [{"unknown": 1}]),
        ({"type": "object", "properties": {f"p{number}": {} for number in range(11)}}, []),
    ):
        schema = {"properties": {"x": {"type": "array", "items": items}}, "definitions": SCHEMA["definitions"]}
        (field,) = build_form(schema, {"x": value})
        assert field.kind == "json", items
