"""What the generic list endpoints answer, whichever noun configures them."""

from typing import Any

import pytest

from tests.cast import Person
from tests.workspaces.runs import stage
from tests.workspaces.runs.test_api import Client

pytestmark = pytest.mark.django_db

NOUNS = ["flows", "flow_runs"]


@pytest.fixture
def ours(owner: Person) -> Client:
    return Client(owner)


@pytest.fixture
def names(owner: Person, stranger: Person) -> list[str]:
    """Flows and their runs have the same names. A stranger has rows, too."""
    stage.flow_run(stage.flow(stranger.workspace, "secret"), "secret")
    for name in "cab":
        stage.flow_run(stage.flow(owner.workspace, name), name)
    return ["a", "b", "c"]


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"sort": "NAME_ASC"}, "abc"),
        ({"sort": "NAME_DESC"}, "cba"),
        ({"sort": "NAME_ASC", "limit": 1, "offset": 1}, "b"),
        ({"sort": "NAME_ASC", "limit": None, "offset": None}, "abc"),
        ({"limit": 0}, ""),
        ({"sort": "NAME_ASC", "offset": 3}, ""),
    ],
)
def test_list_is_sorted_and_cut(ours: Client, names: list[str], noun: str, body: Any, expected: str) -> None:
    assert "".join(row["name"] for row in ours("POST", f"/{noun}/filter", body)) == expected


def test_first_order_is_the_default(ours: Client, names: list[str]) -> None:
    assert [row["name"] for row in ours("POST", "/flows/filter", {})] == names
    newest = [row["id"] for row in ours("POST", "/flow_runs/filter", {"sort": "ID_DESC"})]
    assert [row["id"] for row in ours("POST", "/flow_runs/filter", {})] == newest


@pytest.mark.parametrize("noun", NOUNS)
def test_count_counts_what_the_list_shows(ours: Client, names: list[str], noun: str) -> None:
    assert ours("POST", f"/{noun}/count", {}) == 3
    assert ours("POST", f"/{noun}/count", {noun: {"name": {"any_": ["a", "secret"]}}}) == 1


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize(
    ("body", "expected", "about"),
    [
        ({}, "abc", {"count": 3, "limit": 200, "pages": 1, "page": 1}),
        ({"limit": 2}, "ab", {"count": 3, "limit": 2, "pages": 2, "page": 1}),
        ({"limit": 2, "page": 2}, "c", {"count": 3, "limit": 2, "pages": 2, "page": 2}),
        ({"limit": 2, "page": 9}, "", {"count": 3, "limit": 2, "pages": 2, "page": 9}),
        ({"limit": 0}, "", {"count": 3, "limit": 0, "pages": 0, "page": 1}),
    ],
)
def test_pages_are_numbered(
    ours: Client, names: list[str], noun: str, body: Any, expected: str, about: dict[str, int]
) -> None:
    page = ours("POST", f"/{noun}/paginate", {"sort": "NAME_ASC", **body})
    assert "".join(row["name"] for row in page.pop("results")) == expected
    assert page == about


@pytest.mark.parametrize("noun", NOUNS)
def test_bulk_deletion_names_what_it_deleted(ours: Client, names: list[str], stranger: Person, noun: str) -> None:
    ids = {row["name"]: row["id"] for row in ours("POST", f"/{noun}/filter", {})}
    few = {noun: {"name": {"any_": ["a", "b", "secret"]}}}
    answer = ours("POST", f"/{noun}/bulk_delete", few)
    assert sorted(answer["deleted"]) == sorted([ids["a"], ids["b"]])
    assert ours("POST", f"/{noun}/bulk_delete", few) == {"deleted": []}
    assert ours("POST", f"/{noun}/count", {}) == 1
    assert stranger.workspace.flows.count() == stranger.workspace.flowruns.count() == 1


@pytest.mark.parametrize("noun", NOUNS)
def test_bulk_deletion_stops_at_its_limit(ours: Client, names: list[str], noun: str) -> None:
    assert len(ours("POST", f"/{noun}/bulk_delete", {"limit": 2})["deleted"]) == 2
    ours("POST", f"/{noun}/bulk_delete", {"limit": 51}, expect=422)
    assert ours("POST", f"/{noun}/count", {}) == 1
