"""How times and durations read."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from workspaces.templatetags.kit import STATE_ICONS, state_badge
from workspaces.templatetags.shown import ago, duration, moment

pytestmark = pytest.mark.one_database(reason="no SQL")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.344, "0.34 s"),
        (1, "1 s"),
        (12.34, "12.3 s"),
        (59.99, "59.9 s"),
        (119.99, "1 min 59 s"),
        (0.999, "0.99 s"),
        (1.1, "1.1 s"),
        (60, "1 min"),
        (184, "3 min 4 s"),
        (7500, "2 h 5 min"),
        (4 * 86400 + 3 * 3600 + 59, "4 d 3 h"),
        (-3, "0 s"),
    ],
)
def test_duration_reads_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == duration(timedelta(seconds=seconds)) == words


def test_nothing_is_shown_for_no_time() -> None:
    assert (duration(None), ago(None), moment(None, "never")) == ("", "", "never")


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=1), "just now"),
        (timedelta(minutes=4, seconds=30), "4 min ago"),
        (timedelta(days=2, hours=5), "2 d ago"),
        (timedelta(hours=-3, seconds=-1), "in 3 h"),
        (timedelta(days=-7, seconds=2), "in 7 d"),
    ],
)
def test_times_read_from_now(distance: timedelta, words: str) -> None:
    assert ago(timezone.now() - distance) == words


def test_exact_time_stands_in_the_tooltip() -> None:
    shown = moment(datetime(2026, 11, 21, 1, 30, 12, tzinfo=UTC))
    assert shown == (
        '<time datetime="2026-11-21T01:30:12.000Z" title="2026-11-21 01:30:12 UTC">2026-11-21 01:30:12</time>'
    )


def test_badge_has_icon_and_name_and_escapes_it() -> None:
    for look in STATE_ICONS:
        badge = state_badge(look, "<b>Odd</b>")
        assert badge.count("<svg") == 1
        assert "&lt;b&gt;Odd&lt;/b&gt;" in badge
        assert f"state-{look}" in badge
