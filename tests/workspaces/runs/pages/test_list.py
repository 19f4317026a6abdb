"""The list of runs: its orders, what is upcoming, what is polled, and what is loaded while somebody types."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from auditlog.actors import system
from core.pages import keyset
from tests.cast import Person
from tests.visits import root, text, visitor
from tests.workspaces.runs import stage
from workspaces.runs.models import FlowRun
from workspaces.saved_searches.query import filters_of
from workspaces.saved_searches.services import create_saved_search

HOUR = timedelta(hours=1)


@pytest.fixture
def client(owner: Person) -> Client:
    return visitor(owner.user)


@pytest.fixture
def path(owner: Person) -> str:
    return f"{root(owner.workspace)}/runs"


def names(rows: Any) -> list[str]:
    return [row.run.name for row in rows]


@pytest.fixture
def planned(owner: Person, stranger: Person) -> None:
    """Runs whose start is in another order than their creation."""
    stage.flow_run(stage.flow(stranger.workspace), "theirs", "SCHEDULED", ago=-HOUR)
    flow = stage.flow(owner.workspace)
    for name, state, ago in (
        ("old", "COMPLETED", 3 * HOUR),
        ("late", "SCHEDULED", HOUR),
        ("new", "RUNNING", timedelta(minutes=1)),
        ("tomorrow", "SCHEDULED", -24 * HOUR),
        ("soon", "SCHEDULED", -HOUR),
    ):
        stage.flow_run(flow, name, state, ago=ago)
    # It was planned long ago, and has just begun.
    stage.flow_run(flow, "begun", "RUNNING", ago=100 * HOUR)
    FlowRun.objects.filter(name="begun").update(start_time=timezone.now())


@pytest.mark.parametrize(
    ("query", "upcoming", "rows"),
    [
        ("", ["soon", "tomorrow"], ["begun", "new", "late", "old"]),
        ("?sort=UPCOMING", ["soon", "tomorrow"], ["begun", "new", "late", "old"]),
        ("?sort=start", [], ["tomorrow", "soon", "begun", "new", "late", "old"]),
        ("?sort=start-asc", [], ["old", "late", "new", "begun", "soon", "tomorrow"]),
        ("?sort=created", [], ["tomorrow", "soon", "new", "late", "old", "begun"]),
        ("?sort=created-asc", [], ["begun", "old", "late", "new", "soon", "tomorrow"]),
        ("?state=scheduled&q=oo", ["soon"], []),
    ],
)
@pytest.mark.usefixtures("planned")
def test_orders(client: Client, path: str, query: str, upcoming: list[str], rows: list[str]) -> None:
    context = client.get(path + query).context
    assert (names(context["upcoming"]), names(context["rows"])) == (upcoming, rows)
    assert context["total"].number == len(upcoming) + len(rows)


def test_few_upcoming_runs_are_shown_and_the_others_counted(owner: Person, client: Client, path: str) -> None:
    flow = stage.flow(owner.workspace)
    for number in range(8):
        stage.flow_run(flow, f"in-{number}", "SCHEDULED", ago=-HOUR * (number + 1))
    context = client.get(path).context
    assert names(context["upcoming"]) == ["in-0", "in-1", "in-2", "in-3", "in-4"]
    assert str(context["total"]) == "8"
    others = client.get(path + context["all_upcoming"]).context
    assert names(others["rows"]) == [f"in-{number}" for number in range(8)]


@pytest.mark.parametrize("order", ["", "start", "start-asc", "created", "created-asc"])
def test_pages_of_each_order_follow_each_other_both_ways(
    owner: Person, client: Client, path: str, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset.page, "__kwdefaults__", {**(keyset.page.__kwdefaults__ or {}), "size": 3})
    flow, now = stage.flow(owner.workspace), timezone.now()
    for number in range(8):
        stage.flow_run(flow, f"run-{number}", ago=timedelta(minutes=number))
    FlowRun.objects.filter(name__in=["run-2", "run-3", "run-4", "run-5"]).update(start_time=now - HOUR)
    seen: list[list[str]] = []
    query, last = f"?sort={order}", ""
    while query:
        context = client.get(path + query).context
        seen.append(names(context["rows"]))
        query, last = context["page"].next, context["page"].previous
    assert [len(part) for part in seen] == [3, 3, 2]
    assert len({name for part in seen for name in part}) == 8
    assert names(client.get(path + last).context["rows"]) == seen[1]


def test_child_runs_can_be_hidden(owner: Person, client: Client, path: str) -> None:
    parent = stage.flow_run(stage.flow(owner.workspace), "parent")
    stage.flow_run(parent.flow, "child", parent_task_run=stage.task_run(parent))
    assert sorted(names(client.get(path).context["rows"])) == ["child", "parent"]
    page = client.get(f"{path}?children=Hide")
    assert names(page.context["rows"]) == ["parent"]
    assert "Child runs: hidden" in text(page)


def test_unknown_values_are_named_and_the_rest_applies(owner: Person, client: Client, path: str) -> None:
    flow = stage.flow(owner.workspace)
    stage.flow_run(flow, "boom", "FAILED")
    stage.flow_run(flow, "fine")
    page = client.get(f"{path}?state=Failed&state=<b>odd</b>&period=eternity&sort=size&flow={'x' * 500}")
    assert names(page.context["rows"]) == ["boom"]
    assert page.context["unknown"] == ("state=<b>odd</b>", "period=eternity", f"flow={'x' * 54}…", "sort=size")
    assert "<b>odd" not in page.content.decode()
    assert len(client.get(path + "?" + "&".join(f"state={n}" for n in range(99))).context["unknown"]) == 5


def test_unchanged_list_is_not_sent_again(owner: Person, client: Client, path: str) -> None:
    run = stage.flow_run(stage.flow(owner.workspace), "done")
    first = client.get(f"{path}?state=completed", headers={"X-Poll": "1"})
    following = first["Poll-Next"]
    assert (first.status_code, following.startswith(f"{path}?state=completed&seen=")) == (200, True)
    for _ in range(2):  # a minute may have begun meanwhile
        answer = client.get(following, headers={"X-Poll": "1"})
        following = answer.get("Poll-Next", following)
    assert answer.status_code == 204
    page = client.get(following).content.decode()
    assert "seen=" not in page[page.index('id="rows"') :]
    stage.flow_run(run.flow, "another")
    again = client.get(following, headers={"X-Poll": "1"})
    assert (again.status_code, "another" in text(again)) == (200, True)
    stage.flow_run(run.flow, "going", "RUNNING")
    live = client.get(path, headers={"X-Poll": "1"})
    assert "seen=" not in live["Poll-Next"]


def test_list_alone_is_loaded_while_somebody_types(owner: Person, client: Client, path: str) -> None:
    stage.flow_run(stage.flow(owner.workspace), "boom", "FAILED")
    answer = client.get(f"{path}?q=boo&period=&flow=&tag=", headers={"HX-Request": "true"})
    assert answer["HX-Replace-Url"] == f"{path}?q=boo"
    assert f'data-poll="{path}?q=boo"' in answer.content.decode()
    assert ("Name: boo" in text(answer), b"<html" in answer.content) == (True, False)


def test_time_of_a_run_that_is_being_cancelled_stands_still(owner: Person, client: Client, path: str) -> None:
    run = stage.flow_run(stage.flow(owner.workspace), "stuck", "CANCELLING", ago=5 * HOUR)
    FlowRun.objects.filter(id=run.id).update(state_timestamp=run.created + 2 * HOUR)
    row = client.get(path).context["rows"][0]
    assert (row.elapsed, row.live) == (2 * HOUR, False)
    page = client.get(f"{path}/flow-run/{run.id}")
    assert "Duration 2 h" in text(page)
    assert "data-since" not in page.content.decode()


@pytest.mark.parametrize(
    "query", ["", "?state=running", "?state=failed&state=crashed", "?children=hide", "?state=late"]
)
def test_lists_read_their_order_from_an_index(owner: Person, client: Client, path: str, query: str) -> None:
    """Sorting all runs of a workspace, or reading each row of it, would make the list slow as it grows."""
    flow, now = stage.flow(owner.workspace), timezone.now()
    FlowRun.objects.bulk_create(
        FlowRun(
            id=stage.id_at(now - timedelta(seconds=number)), workspace=owner.workspace, flow=flow, name=f"run-{number}",
            state_type="COMPLETED", state_name="Completed", start_time=now - timedelta(seconds=number),
            expected_start_time=now - timedelta(seconds=number), created=now, updated=now,
        )
        for number in range(3000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "ANALYZE runs_flowrun")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path + query).status_code == 200
    lists = [each["sql"] for each in captured if "started" in each["sql"] and "ORDER BY" in each["sql"]]
    assert len(lists) == 2
    for sql in lists:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
            plan = "\n".join(" ".join(str(part) for part in row) for row in cursor.fetchall())
        assert "flow_run_" in plan, plan
        assert "SCAN runs_flowrun\n" not in plan, plan
        assert "Seq Scan on runs_flowrun" not in plan, plan


@pytest.mark.usefixtures("planned")
def test_lists_read_only_the_columns_that_they_show(client: Client, path: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
        read = [each["sql"] for each in captured if "started" in each["sql"] and "ORDER BY" in each["sql"]]
    assert len(read) == 2
    assert [sql for sql in read if '"parameters"' in sql or '"labels"' in sql or '"idempotency_key"' in sql] == []


def test_task_runs_have_no_conditions_of_flow_runs(owner: Person, client: Client, path: str) -> None:
    run = stage.flow_run(stage.flow(owner.workspace), "boom", "FAILED", message="no")
    stage.task_run(run, "load-0")
    page = client.get(f"{path}?tab=task-runs&children=hide&same-error={run.id}")
    assert (names(page.context["rows"]), page.context["chips"]) == (["load-0"], [])
    assert (page.context["filtered"], "match" in text(page)) == (False, False)
    assert len(client.get(f"{path}?children=hide&same-error={run.id}").context["chips"]) == 2


def test_menu_of_views_follows_what_is_typed(owner: Person, client: Client, path: str) -> None:
    create_saved_search(owner.workspace, name="Foxes", filters=filters_of(QueryDict("q=fox")), actor=system("tests"))
    for query, shown in (("q=fo", "Views"), ("q=fox", "Foxes")):
        answer = client.get(f"{path}?{query}", headers={"HX-Request": "true"}).content.decode()
        menu = answer[answer.index('<details class="menu" id="views" hx-swap-oob="true">') :]
        assert f'<span class="truncate">{shown}</span></summary>' in menu
    assert 'hx-swap-oob="true"' not in client.get(f"{path}?q=fox").content.decode()
    assert 'id="views"' not in client.get(f"{path}?q=fox", headers={"X-Poll": "1"}).content.decode()
