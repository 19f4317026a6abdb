"""A workspace at a glance, and the charts on it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from tests.cast import Person
from tests.visits import queries, root, text, visitor
from tests.workspaces.runs import stage
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.bar_chart import HEIGHT, stacked_bars
from workspaces.runs.pages.display_state import GROUPS
from workspaces.runs.pages.history import runs_by_slice
from workspaces.runs.pages.periods import PERIODS, window


def test_bare_address_leads_to_the_dashboard(owner: Person) -> None:
    answer = visitor(owner.user).get(f"{root(owner.workspace)}/")
    assert (answer.status_code, answer["Location"]) == (302, f"{root(owner.workspace)}/dashboard")


def test_dashboard_is_missing_for_a_stranger(owner: Person, stranger: Person) -> None:
    answers = [
        visitor(stranger.user).get(f"{root(owner.workspace)}{path}", follow=True) for path in ("/", "/dashboard")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert visitor(owner.user).get(f"{root(owner.workspace)}/dashboard").status_code == 200


def test_dashboard_of_a_new_workspace_leads_to_the_guided_start(owner: Person, stranger: Person) -> None:
    stage.flow_run(stage.flow(stranger.workspace))
    client, path = visitor(owner.user), f"{root(owner.workspace)}/dashboard"
    page = client.get(path)
    assert f"/welcome?workspace={owner.workspace.id}" in page.content.decode()
    assert client.get(path, headers={"X-Poll": "1"}).status_code == 204
    stage.flow_run(stage.flow(owner.workspace), "first-run")
    assert "first-run" in text(client.get(path, headers={"X-Poll": "1"}))


def test_dashboard_shows_the_workspace_and_nothing_of_a_stranger(owner: Person, stranger: Person) -> None:
    theirs = stage.flow_run(stage.flow(stranger.workspace, "secret"), "secret", "FAILED")
    stage.task_run(theirs, "secret")
    run = stage.flow_run(stage.flow(owner.workspace), "mine", "FAILED")
    stage.task_run(run, "load-0")
    page = visitor(owner.user).get(f"{root(owner.workspace)}/dashboard")
    assert "secret" not in text(page)
    assert page.context["chart"].runs == 1
    assert [(group.name, group.total) for group in page.context["flow_groups"]] == [("etl", 1)]
    assert [(part.display_state, part.runs) for part in page.context["outcomes"]] == [("completed", 1)]


@pytest.mark.parametrize("period", ["1h", "8h", "24h", "7d", "30d", "nonsense"])
def test_bars_hold_the_runs_of_the_period_and_lead_to_them(owner: Person, stranger: Person, period: str) -> None:
    flow = stage.flow(owner.workspace)
    for name, state, ago in (
        ("new", "COMPLETED", timedelta(minutes=1)),
        ("older", "FAILED", timedelta(minutes=50)),
        ("old", "CRASHED", timedelta(hours=7)),
        ("very-old", "COMPLETED", timedelta(days=6)),
        ("ancient", "COMPLETED", timedelta(days=29)),
        ("forgotten", "COMPLETED", timedelta(days=40)),
    ):
        stage.flow_run(flow, name, state, ago=ago)
    stage.flow_run(stage.flow(stranger.workspace), "theirs", ago=timedelta(minutes=1))
    client = visitor(owner.user)
    page = client.get(f"{root(owner.workspace)}/dashboard?period={period}")
    names = []
    for bar in page.context["chart"].bars:
        rows = client.get(bar.link).context["rows"]
        assert len(rows) == bar.runs
        names += [row.run.name for row in rows[::-1]]
    wanted = {"1h": 2, "8h": 3, "24h": 3, "7d": 4, "30d": 5, "nonsense": 3}[period]
    assert names == ["ancient", "very-old", "old", "older", "new"][5 - wanted :]


def test_upcoming_runs_are_listed_apart_from_recent_ones(owner: Person, stranger: Person) -> None:
    now = timezone.now()
    for person, name in ((owner, "mine"), (stranger, "secret")):
        flow = stage.flow(person.workspace)
        for hours in (2, 1):
            at = now + timedelta(hours=hours)
            stage.flow_run(
                flow, f"{name}-{hours}", "SCHEDULED", ago=-timedelta(hours=hours), next_scheduled_start_time=at
            )
    page = visitor(owner.user).get(f"{root(owner.workspace)}/dashboard")
    assert [row.run.name for row in page.context["upcoming"]] == ["mine-1", "mine-2"]
    assert page.context["recent"] == []
    stage.flow_run(stage.flow(owner.workspace, "other"), "done")
    page = visitor(owner.user).get(f"{root(owner.workspace)}/dashboard")
    assert [row.run.name for row in page.context["recent"]] == ["done"]


@pytest.mark.parametrize("period", ["24h", "30d"])
def test_upcoming_runs_are_not_among_those_of_the_period(owner: Person, period: str) -> None:
    moment = datetime(2026, 11, 20, 0, 5, tzinfo=UTC)  # most of the last slice is in the future
    run = stage.flow_run(stage.flow(owner.workspace), "begun")
    FlowRun.objects.update(expected_start_time=moment)
    upcoming = stage.flow_run(run.flow, "upcoming", "SCHEDULED")
    FlowRun.objects.filter(id=upcoming.id).update(expected_start_time=moment + timedelta(minutes=50))
    client, at = visitor(owner.user), root(owner.workspace)
    with patch("django.utils.timezone.now", return_value=moment + timedelta(minutes=1)):
        page = client.get(f"{at}/dashboard?period={period}&show=Late+or+scheduled")
        assert (page.context["chart"].runs, page.context["flow_groups"]) == (1, [])
        (bar,) = page.context["chart"].bars
        for link in (bar.link, f"{at}/runs?period={period}"):
            listed = client.get(link).context
            assert [row.run.name for row in [*listed["upcoming"], *listed["rows"]]] == ["begun"]


@pytest.mark.parametrize("group", list(GROUPS))
def test_groups_of_states_list_their_runs_by_flow(owner: Person, group: str) -> None:
    flow = stage.flow(owner.workspace)
    for state in ("COMPLETED", "FAILED", "CRASHED", "RUNNING", "PENDING", "PAUSED", "CANCELLING", "CANCELLED"):
        stage.flow_run(flow, state.lower(), state)
    stage.flow_run(flow, "scheduled", "SCHEDULED")
    stage.flow_run(flow, "late", "SCHEDULED", state_name="Late")
    page = visitor(owner.user).get(f"{root(owner.workspace)}/dashboard", {"show": group})
    (found,) = page.context["flow_groups"]
    assert found.total == len(GROUPS[group])
    assert {row.run.name for row in found.rows} <= set(GROUPS[group])
    assert [tab["count"] for tab in page.context["groups"]] == [str(len(states)) for states in GROUPS.values()]


def test_all_well_is_said(owner: Person) -> None:
    stage.flow_run(stage.flow(owner.workspace))
    page = visitor(owner.user).get(f"{root(owner.workspace)}/dashboard?show=Failed+or+crashed")
    assert "No failed runs in the last 24 hours" in text(page)


def test_dashboard_makes_the_same_queries_for_one_run_and_for_three(owner: Person) -> None:
    stage.task_run(stage.flow_run(stage.flow(owner.workspace), "a", "FAILED"), "load-0")
    client, path = visitor(owner.user), f"{root(owner.workspace)}/dashboard"
    one = queries(client, path)
    for name in ("b", "c"):
        stage.task_run(stage.flow_run(stage.flow(owner.workspace, name), name, "FAILED"), "load-0")
    assert queries(client, path) == one
    assert one <= 14


def test_slices_are_cut_at_round_times() -> None:
    shown = window(PERIODS["24h"], datetime(2026, 11, 21, 1, 30, tzinfo=UTC))
    assert (shown.start, shown.end, shown.slices) == (
        datetime(2026, 11, 20, 2, tzinfo=UTC),
        datetime(2026, 11, 21, 2, tzinfo=UTC),
        24,
    )


def test_run_on_the_edge_of_a_slice_belongs_to_the_later_one(owner: Person) -> None:
    shown = window(PERIODS["1h"], timezone.now())
    run = stage.flow_run(stage.flow(owner.workspace))
    for moment, number in (
        (shown.start, 0),
        (shown.slice_start(1) - timedelta(microseconds=1), 0),
        (shown.slice_start(1), 1),
        (shown.end - timedelta(microseconds=1), shown.slices - 1),
    ):
        run.expected_start_time = moment
        run.save()
        assert runs_by_slice(owner.workspace.flowruns.all(), shown) == {number: Counter(completed=1)}


@pytest.mark.parametrize("counts", [{"completed": 1}, {"completed": 9999, "failed": 1, "crashed": 1}, {"running": 37}])
def test_no_bar_leaves_the_drawing_and_no_run_is_too_small_to_see(counts: dict[str, int]) -> None:
    shown = window(PERIODS["24h"], timezone.now())
    chart = stacked_bars({3: Counter(counts)}, shown, lambda start, end: "")
    blocks = chart.bars[0].blocks
    assert {block.display_state: block.runs for block in blocks} == counts
    assert min(block.y for block in blocks) >= 0
    assert min(block.height for block in blocks) >= 3
    assert blocks[0].y + blocks[0].height == HEIGHT
