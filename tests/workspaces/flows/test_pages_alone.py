"""The pages of flows stand without what packages above add to them."""

import pytest

from tests.cast import Person
from tests.visits import root, text, visitor
from tests.workspaces.runs import stage
from workspaces.flows import hooks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "columns", [])
    monkeypatch.setattr(hooks, "tabs", [])


def test_list_shows_names_and_tags(owner: Person) -> None:
    for name in ("b", "a"):
        stage.flow(owner.workspace, name, tags=["prod"])
    page = visitor(owner.user).get(f"{root(owner.workspace)}/flows")
    assert [row.flow.name for row in page.context["rows"]] == ["a", "b"]
    assert [sort.key for sort in page.context["sorts"]] == ["name", "newest"]
    assert "prod" in text(page)


def test_flow_shows_its_details(owner: Person) -> None:
    flow = stage.flow(owner.workspace)
    page = visitor(owner.user).get(f"{root(owner.workspace)}/flows/flow/{flow.id}")
    assert [tab["label"] for tab in page.context["tabs"]] == ["Details"]
    assert str(flow.id) in text(page)
