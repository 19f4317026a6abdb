"""The operations of variables, as the reference server answers them."""

from typing import Any
from uuid import uuid4

import pytest

from tests.cast import Person
from workspaces.variables.models import Variable

pytestmark = pytest.mark.django_db

NOT_FOUND = (404, {"detail": "Variable not found."})
CONFLICT = (
    409,
    {
        "detail": "Data integrity conflict. This usually means a unique or foreign key constraint was violated. "
        "See server logs for details."
    },
)
BAD_NAME = "Value error, Variable name must only contain lowercase letters, numbers, and dashes or underscores."
TOO_LONG = "Value error, Variable value must be less than 5000 characters"
NO_JSON = "Value error, Variable value must be serializable to JSON"


def call(person: Person, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = person.api.call(method, f"{person.workspace_api}/variables/{path}", body)
    return answer.status_code, answer.json() if answer.content else None


def create(person: Person, name: str = "region", value: Any = "eu", **more: Any) -> dict[str, Any]:
    status, body = call(person, "post", "", {"name": name, "value": value, **more})
    assert status == 201, body
    made: dict[str, Any] = body
    return made


def test_created_variable_is_read_by_id_and_by_name(owner: Person, stranger: Person) -> None:
    create(stranger, value="theirs")
    value, tags = {"b": [1, True, None, 1.5], "a": 1.0}, ["t", "t", "u"]
    made = create(owner, value=value, tags=tags)
    assert list(made) == ["id", "created", "updated", "name", "value", "tags"]
    assert (made["name"], made["value"], made["tags"]) == ("region", value, tags)
    assert call(owner, "get", made["id"]) == call(owner, "get", "name/region") == (200, made)
    assert create(owner, "untagged", None, tags=None)["tags"] == []


def test_taken_name_is_a_conflict(owner: Person, stranger: Person) -> None:
    create(owner, "a_b-1")
    again = {"name": "a_b-1", "value": 1}
    assert call(owner, "post", "", again) == (409, {"detail": "A variable with the name 'a_b-1' already exists."})
    assert call(stranger, "post", "", again)[0] == 201


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_variable_of_a_stranger_is_the_missing_one(owner: Person, stranger: Person, method: str) -> None:
    theirs = create(stranger, "theirs")
    body = {"value": 1} if method == "patch" else None
    for path in (theirs["id"], "name/theirs", uuid4(), "name/none"):
        assert call(owner, method, str(path), body) == NOT_FOUND
    assert call(stranger, "get", theirs["id"]) == (200, theirs)


@pytest.mark.parametrize("by", ["id", "name"])
def test_update_changes_what_is_sent(owner: Person, stranger: Person, by: str) -> None:
    create(stranger)
    made = create(owner, tags=["t"])
    for change in ({}, {"value": None}, {"value": False}, {"tags": ["q"]}, {"name": "zone", "value": 1.0}):
        path = made["id"] if by == "id" else f"name/{made['name']}"
        assert call(owner, "patch", path, change) == (204, None)
        now = call(owner, "get", made["id"])[1]
        assert now == {**made, **change, "updated": now["updated"]}
        assert now["updated"] > made["updated"]
        made = now
    assert call(stranger, "get", "name/region")[1]["value"] == "eu"


def test_update_that_breaks_a_constraint_is_a_conflict_and_changes_nothing(owner: Person) -> None:
    create(owner, "other")
    made = create(owner)
    for change in ({"name": "other"}, {"name": None}, {"tags": None}, {"value": 1, "name": "other"}):
        assert call(owner, "patch", made["id"], change) == CONFLICT
    assert call(owner, "get", made["id"]) == (200, made)


@pytest.mark.parametrize("by", ["id", "name"])
def test_deleted_variable_is_gone(owner: Person, stranger: Person, by: str) -> None:
    kept, made = create(stranger), create(owner)
    path = made["id"] if by == "id" else "name/region"
    assert [call(owner, "delete", path) for _ in range(2)] == [(204, None), NOT_FOUND]
    assert call(stranger, "get", kept["id"]) == (200, kept)


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ({"name": "A"}, ["body", "name"], BAD_NAME),
        ({"name": "a b"}, ["body", "name"], BAD_NAME),
        ({"name": "ü"}, ["body", "name"], BAD_NAME),
        ({"name": "a\n"}, ["body", "name"], BAD_NAME),
        ({"name": "a/b"}, ["body", "name"], BAD_NAME),
        ({"name": 5}, ["body", "name"], "Input should be a valid string"),
        ({"value": "x" * 4_999}, ["body", "value"], TOO_LONG),
        ({"value": "é" * 2_500}, ["body", "value"], TOO_LONG),
        ({"value": 10**30}, ["body", "value"], NO_JSON),
        ({"tags": "a"}, ["body", "tags"], "Input should be a valid array"),
        ({"more": 2}, ["body", "more"], "Extra inputs are not permitted"),
    ],
)
def test_what_does_not_fit_is_refused(owner: Person, change: dict[str, Any], where: list[str], message: str) -> None:
    made = create(owner)
    for method, path, body in (("post", "", {"name": "n", "value": 1, **change}), ("patch", made["id"], change)):
        status, told = call(owner, method, path, body)
        assert (status, [(one["loc"], one["msg"]) for one in told["exception_detail"]]) == (422, [(where, message)])
    assert Variable.objects.count() == 1


def test_longest_name_and_value_are_taken(owner: Person) -> None:
    create(owner, "x" * 255, "x" * 4_998)
    create(owner, "umlauts", "é" * 2_499)
    assert call(owner, "post", "", {"name": "x" * 256, "value": 1})[0] == 422
    assert call(owner, "post", "", {"name": "n"})[0] == 422


def test_tags_have_no_megabytes(owner: Person) -> None:
    made = create(owner, tags=["x" * 60_000])
    longer = {"name": "long", "value": 1, "tags": ["x" * 66_000]}
    assert call(owner, "post", "", longer)[0] == 413
    assert call(owner, "patch", made["id"], {"tags": longer["tags"]})[0] == 413


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["alpha", "beta", "gamma"]),
        ({"variables": None}, ["alpha", "beta", "gamma"]),
        ({"flows": {}}, ["alpha", "beta", "gamma"]),
        ({"sort": None, "limit": 2}, ["alpha", "beta"]),
        ({"sort": "NAME_DESC", "offset": 1}, ["beta", "alpha"]),
        ({"sort": "CREATED_DESC"}, ["gamma", "alpha", "beta"]),
        ({"sort": "UPDATED_DESC"}, ["beta", "gamma", "alpha"]),
        ({"variables": {"name": {"any_": ["beta", "theirs"]}}}, ["beta"]),
        ({"variables": {"name": {"any_": []}}}, []),
        ({"variables": {"name": {"like_": "AMM"}}}, ["gamma"]),
        ({"variables": {"name": {"like_": ""}}}, ["alpha", "beta", "gamma"]),
        ({"variables": {"value": {"any_": ["eu", "1"]}}}, ["alpha"]),
        ({"variables": {"value": {"like_": "KEY"}}}, ["gamma"]),
        ({"variables": {"tags": {"all_": ["prod"]}}}, ["alpha", "gamma"]),
        ({"variables": {"tags": {"all_": ["prod", "eu"]}}}, ["gamma"]),
        ({"variables": {"tags": {"is_null_": True}}}, ["beta"]),
        ({"variables": {"name": {"any_": ["beta"]}, "tags": {"all_": ["eu"]}}}, []),
        ({"variables": {"operator": "or_", "name": {"any_": ["beta"]}, "tags": {"all_": ["eu"]}}}, ["beta", "gamma"]),
    ],
)
def test_filter_and_count_agree(owner: Person, stranger: Person, asked: Any, names: list[str]) -> None:
    create(stranger, "theirs", "eu", tags=["prod", "eu"])
    create(owner, "beta", 1)
    create(owner, "alpha", "eu", tags=["prod"])
    create(owner, "gamma", {"key": "eu"}, tags=["eu", "prod"])
    call(owner, "patch", "name/beta", {})
    status, found = call(owner, "post", "filter", asked)
    assert (status, [row["name"] for row in found]) == (200, names)
    chosen = {"variables": asked["variables"]} if "variables" in asked else {}
    assert call(owner, "post", "count", chosen) == (200, len(names) if chosen else 3)


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 201},
        {"offset": -1},
        {"sort": "VALUE"},
        {"variables": {"id": {"not_any_": []}}},
        {"variables": {"tags": {"any_": ["q"]}}},
        {"variables": {"name": {"operator": "and_"}}},
    ],
)
def test_filter_refuses_what_the_contract_does_not_know(owner: Person, asked: Any) -> None:
    assert call(owner, "post", "filter", asked)[0] == 422
