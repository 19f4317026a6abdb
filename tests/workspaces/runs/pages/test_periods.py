"""The slices of charts: days and hours of the reader, also when the clocks change."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from core.pages.time_zones import find_time_zone
from core.pages.times import local, minute
from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.runs.pages.bar_chart import stacked_bars
from workspaces.runs.pages.history import runs_by_slice
from workspaces.runs.pages.periods import PERIODS, Window, window

HOUR = timedelta(hours=1)


def _window(zone: str, period: str, now: datetime) -> Window:
    with timezone.override(find_time_zone(zone)):
        return window(PERIODS[period], now)


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [
        ("Europe/Berlin", datetime(2026, 4, 2, 12, tzinfo=UTC), {23}),
        ("Europe/Berlin", datetime(2026, 10, 28, 12, tzinfo=UTC), {25}),
        ("America/Santiago", datetime(2026, 9, 10, 12, tzinfo=UTC), {23}),  # its day of 23 hours begins at 01:00
        ("America/Havana", datetime(2026, 11, 3, 12, tzinfo=UTC), {25}),  # its day of 25 hours has two midnights
        ("Australia/Lord_Howe", datetime(2026, 4, 10, 12, tzinfo=UTC), {24.5}),
        ("Asia/Kolkata", datetime(2026, 4, 2, 12, tzinfo=UTC), set()),
        ("UTC", datetime(2026, 4, 2, 12, tzinfo=UTC), set()),
    ],
)
def test_days_are_those_of_the_reader(zone: str, now: datetime, hours: set[float]) -> None:
    shown = _window(zone, "30d", now)
    lengths = [(end - start) / HOUR for start, end in pairwise(shown.edges)]
    assert len(lengths) == 30
    assert set(lengths) - {24} == hours
    with timezone.override(find_time_zone(zone)):
        days = [local(edge).date() for edge in shown.edges]
        assert [later - earlier for earlier, later in pairwise(days)] == [timedelta(days=1)] * 30
        assert [local(edge - timedelta(microseconds=1)).date() for edge in shown.edges[1:]] == days[:-1]
    assert shown.slice_start(29) <= now < shown.end


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "UTC"])
@pytest.mark.parametrize("period", list(PERIODS))
@pytest.mark.parametrize(
    "now", [datetime(2026, 10, 25, hour, 59, 59, 999999, tzinfo=UTC) for hour in (0, 1, 12, 22, 23)]
)
def test_the_last_slice_contains_the_present_and_edges_are_round(zone: str, period: str, now: datetime) -> None:
    shown = _window(zone, period, now)
    assert shown.slice_start(shown.slices - 1) <= now < shown.end
    assert list(shown.edges) == sorted(set(shown.edges))
    width = PERIODS[period].slice
    with timezone.override(find_time_zone(zone)):
        for edge in shown.edges:
            wall = local(edge).replace(tzinfo=None, fold=0)
            assert (wall - datetime(2000, 1, 1)) % width == timedelta()


def test_runs_of_a_day_of_25_hours_are_in_one_slice(owner: Person) -> None:
    flow = stage.flow(owner.workspace)
    shown = _window("Europe/Berlin", "30d", datetime(2026, 10, 28, 12, tzinfo=UTC))
    for moment in (
        datetime(2026, 10, 24, 21, 59, 59, 999999, tzinfo=UTC),  # the day before
        datetime(2026, 10, 24, 22, tzinfo=UTC),
        datetime(2026, 10, 25, 22, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 10, 25, 23, tzinfo=UTC),  # the day after
    ):
        run = stage.flow_run(flow)
        run.expected_start_time = moment
        run.save()
    assert runs_by_slice(owner.workspace.flowruns.all(), shown) == {
        25: Counter(completed=1), 26: Counter(completed=2), 27: Counter(completed=1),
    }  # fmt: skip


def test_bars_and_axis_are_labeled_in_the_time_zone_of_the_reader() -> None:
    now = datetime(2026, 10, 28, 20, 10, tzinfo=UTC)
    with timezone.override(find_time_zone("Asia/Kolkata")):
        week = stacked_bars({27: Counter(completed=1)}, window(PERIODS["7d"], now), lambda start, end: minute(start))
        hours = stacked_bars({23: Counter(completed=1)}, window(PERIODS["24h"], now), lambda start, end: "")
        assert [mark.label for mark in week.hours] == [f"{day} Oct" for day in range(23, 30)]
        assert (week.bars[0].times, week.bars[0].link) == ("2026-10-29 00:00 to 06:00", "2026-10-29 00:00")
        assert hours.bars[0].times == "2026-10-29 01:00 to 02:00"
        assert hours.hours[0].label == "02:00"
