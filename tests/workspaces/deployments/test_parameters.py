"""Values that stand for others in parameters, and the check of values against a schema."""

from typing import Any

import pytest

from tests.cast import Person
from tests.workspaces.deployments.stage import call, create
from workspaces.variables.hydration import HydrationError, hydrate
from workspaces.variables.services import create_variable

pytestmark = pytest.mark.django_db


def marker(kind: str, **parts: Any) -> dict[str, Any]:
    return {"__prefect_kind": kind, **parts}


def variable(person: Person, name: str, value: Any) -> None:
    create_variable(person.workspace, name=name, value=value, tags=[], actor=person.user.as_actor())


def test_values_are_replaced_at_any_depth(owner: Person, stranger: Person) -> None:
    variable(owner, "region", {"zone": 1})
    variable(stranger, "secret", "theirs")
    given = {
        "a": [marker("workspace_variable", variable_name="region"), marker("json", value='{"x": [1]}')],
        "b": marker("json", value=marker("none", value="2")),
        "c": {"plain": True},
    }
    replaced = {"a": [{"zone": 1}, {"x": [1]}], "b": 2, "c": {"plain": True}}
    assert hydrate(given, owner.workspace) == replaced
    made = create(owner)
    assert call(owner, "post", f"{made['id']}/create_flow_run", {"parameters": given})[1]["parameters"] == replaced
    for wrong, text in (
        (marker("json"), "Missing 'value' key in __prefect object"),
        (marker("json", value="{"), "Invalid JSON: Expecting property name"),
        (marker("workspace_variable", variable_name="secret"), "Variable 'secret' not found in workspace."),
        (marker("jinja", template="{{ 1 }}"), "Invalid jinja"),
        (marker("other"), "Unknown kind 'other'"),
    ):
        with pytest.raises(HydrationError, match=text):
            hydrate({"x": [wrong]}, owner.workspace)


def test_values_cannot_make_parameters_deep_or_large_or_impossible_to_store(owner: Person) -> None:
    variable(owner, "large", "x" * 4_000)
    for wrong in (
        marker("json", value="[" * 150 + "]" * 150),
        [marker("workspace_variable", variable_name="large")] * 300,
    ):
        with pytest.raises(HydrationError):
            hydrate({"x": wrong}, owner.workspace)
    # PostgreSQL cannot store the character with the number 0.
    text = marker("json", value='["a\\u0000", {"\\u0000b": "\\\\u0000"}]')
    assert hydrate({"x": text}, owner.workspace) == {"x": ["a", {"b": "\\u0000"}]}


def test_a_variable_is_read_once(owner: Person, django_assert_num_queries: Any) -> None:
    variable(owner, "region", "eu")
    with django_assert_num_queries(1):
        hydrate({"x": [marker("workspace_variable", variable_name="region")] * 100}, owner.workspace)


def test_errors_are_told_by_property_and_index(owner: Person) -> None:
    schema = {
        "type": "object",
        "properties": {"x": {"type": "array", "items": {"type": "integer"}}, "y": {"type": "string"}},
        "required": ["y"],
    }
    path = f"{owner.workspace_api}/ui/schemas/validate"
    answer = owner.api.post(path, {"schema": schema, "values": {"x": [1, "n"]}}).json()
    assert answer["valid"] is False
    assert sorted(answer["errors"], key=lambda entry: str(entry["property"])) == [
        {"property": "x", "errors": [{"index": 1, "errors": ["'n' is not of type 'integer'"]}]},
        {"property": "y", "errors": ["'y' is a required property"]},
    ]
    assert owner.api.post(path, {"schema": schema, "values": {"y": "a"}}).json() == {"errors": [], "valid": True}
    assert owner.api.post(path, {"schema": {"type": "no"}, "values": {}}).status_code == 422
