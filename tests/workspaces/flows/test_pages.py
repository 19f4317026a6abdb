"""The list of flows and a flow's page."""

from datetime import timedelta

import pytest

from tests.cast import Person
from tests.visits import queries, root, text, visitor
from tests.workspaces.runs import stage


def test_list_shows_the_workspace_and_nothing_of_a_stranger(owner: Person, stranger: Person) -> None:
    stage.flow_run(stage.flow(stranger.workspace, "secret"), "secret")
    flow = stage.flow(owner.workspace)
    for number in range(25):
        state = "FAILED" if number % 5 == 0 else "COMPLETED"
        stage.flow_run(flow, f"run-{number}", state, ago=timedelta(minutes=60 - number))
    page = visitor(owner.user).get(f"{root(owner.workspace)}/flows")
    (row,) = page.context["rows"]
    ((_, activity),) = row.columns
    assert (row.flow, activity.last.name, activity.completed) == (flow, "run-24", 80)
    assert [tick.run.name for tick in activity.ticks] == [f"run-{number}" for number in range(5, 25)]
    assert "secret" not in text(page)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["beta", "gamma", "alpha"]),
        ("?sort=latest", ["beta", "gamma", "alpha"]),
        ("?sort=name", ["alpha", "beta", "gamma"]),
        ("?sort=newest", ["gamma", "beta", "alpha"]),
        ("?sort=nonsense", ["beta", "gamma", "alpha"]),
        ("?q=A", ["beta", "gamma", "alpha"]),
        ("?q=gam", ["gamma"]),
        ("?tag=prod", ["beta"]),
        ("?q=zzz", []),
    ],
)
def test_list_is_searched_and_sorted(owner: Person, stranger: Person, query: str, names: list[str]) -> None:
    stage.flow(stranger.workspace, "gamma", tags=["prod"])
    flows = {name: stage.flow(owner.workspace, name, tags=["prod"] if name == "beta" else []) for name in ("alpha", "beta", "gamma")}  # fmt: skip  # noqa: E501
    stage.flow_run(flows["beta"], ago=timedelta(seconds=-5))
    page = visitor(owner.user).get(f"{root(owner.workspace)}/flows{query}")
    assert [row.flow.name for row in page.context["rows"]] == names


@pytest.mark.parametrize("sort", ["latest", "name", "newest"])
def test_pages_of_the_list_follow_each_other(owner: Person, monkeypatch: pytest.MonkeyPatch, sort: str) -> None:
    monkeypatch.setattr("workspaces.flows.pages.ROWS", 2)
    for name in "abcde":
        stage.flow(owner.workspace, name)
    client, path, query, seen = visitor(owner.user), f"{root(owner.workspace)}/flows", f"?sort={sort}", ""
    while query:
        page = client.get(path + query)
        seen += "".join(row.flow.name for row in page.context["rows"])
        query = page.context["page"].next
    assert seen == ("abcde" if sort == "name" else "edcba")
    back = client.get(path + page.context["page"].previous)
    assert "".join(row.flow.name for row in back.context["rows"]) == seen[2:4]


def test_nothing_found_differs_from_nothing_there(owner: Person, stranger: Person) -> None:
    stage.flow(stranger.workspace)
    client, path = visitor(owner.user), f"{root(owner.workspace)}/flows"
    assert "No flows yet" in text(client.get(path))
    assert "No matches" in text(client.get(f"{path}?q=x"))


def test_list_makes_the_same_few_queries_for_one_flow_and_for_three(owner: Person) -> None:
    stage.flow_run(stage.flow(owner.workspace))
    client, path = visitor(owner.user), f"{root(owner.workspace)}/flows"
    one = queries(client, path)
    for name in "ab":
        flow = stage.flow(owner.workspace, name)
        stage.flow_run(flow)
        stage.flow_run(flow)
    assert queries(client, path) == one
    assert one <= 8


@pytest.mark.parametrize("tab", ["runs", "details"])
def test_flow_shows_its_own_runs(owner: Person, stranger: Person, tab: str) -> None:
    flow, other = stage.flow(owner.workspace), stage.flow(owner.workspace, "other")
    stage.flow_run(flow, "mine", "FAILED")
    stage.flow_run(other, "not-mine")
    stage.flow_run(stage.flow(stranger.workspace), "secret")
    client, path = visitor(owner.user), f"{root(owner.workspace)}/flows/flow/{flow.id}?tab={tab}"
    page = client.get(path)
    assert page.status_code == 200
    if tab == "runs":
        assert [row.run.name for row in page.context["rows"]] == ["mine"]
        assert page.context["chart"].runs == 1
        assert client.get(f"{path}&state=completed").context["rows"] == []
        one = queries(client, path)
        stage.flow_run(flow, "second")
        stage.flow_run(flow, "third")
        assert queries(client, path) == one
        assert one <= 12


def test_deleting_a_flow_wants_its_name_typed(owner: Person, stranger: Person) -> None:
    flow = stage.flow(owner.workspace)
    stage.log(stage.flow_run(flow), "line")
    kept = stage.flow_run(stage.flow(stranger.workspace))
    path = f"{root(owner.workspace)}/flows/flow/{flow.id}/delete"
    assert visitor(stranger.user).post(path, {"typed": "etl"}).status_code == 404
    client = visitor(owner.user)
    assert [client.get(path).status_code, client.post(path, {"typed": "etc"}).status_code] == [200, 422]
    assert owner.workspace.flows.count() == 1
    assert client.post(path, {"typed": "etl"})["Location"] == f"{root(owner.workspace)}/flows"
    assert (owner.workspace.flows.count(), owner.workspace.flowruns.count(), owner.workspace.logs.count()) == (0, 0, 0)
    assert list(stranger.workspace.flowruns.all()) == [kept]
