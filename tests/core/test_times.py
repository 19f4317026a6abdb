"""Times in the reader's zone, and the zones themselves."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core.pages import times
from core.pages.time_zones import find_time_zone, time_zone_choices

pytestmark = pytest.mark.one_database(reason="no SQL")
MOMENT = datetime(2026, 11, 21, 20, 30, 12, 345678, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    [
        "", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe/../../../etc/passwd", "localtime", "posixrules",
        "europe/berlin", "Europe/Berlin\x00", "Europe", "EST5EDT", "x" * 100_000,
    ],
)  # fmt: skip
def test_unknown_and_hostile_names_are_no_time_zones(name: str) -> None:
    assert find_time_zone(name) is None


def test_each_time_zone_that_is_offered_exists() -> None:
    names = [name for _, places in time_zone_choices() for name in places]
    assert len(names) > 400
    assert all(find_time_zone(name) for name in names)
    assert {"Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata"} <= set(names)


def test_times_are_shown_in_the_current_time_zone() -> None:
    with timezone.override(find_time_zone("Asia/Kolkata")):
        assert times.full_time(MOMENT) == "2026-11-22 02:00:12"
        assert times.minute(MOMENT) == "2026-11-22 02:00"
        assert times.day(MOMENT) == "2026-11-22"
        assert times.day(date(2026, 11, 21)) == "2026-11-21"
        assert times.clock_time(MOMENT) == "02:00:12"
        assert times.short_day(MOMENT) == "22 Nov"
        assert times.utc_time(MOMENT) == "2026-11-21 20:30:12 UTC"
        assert times.machine_time(MOMENT) == "2026-11-21T20:30:12.345Z"
        assert times.zone_name() == "Asia/Kolkata"
        assert times.zone_label(timezone.get_current_timezone()) == "Asia/Kolkata (UTC+05:30)"


def test_ranges_name_the_second_date_if_it_is_another_one() -> None:
    later = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert times.time_range(MOMENT, later) == "2026-11-21 20:30 to 23:30"
    with timezone.override(find_time_zone("Europe/Berlin")):
        assert times.time_range(MOMENT, later, "and") == "2026-11-21 21:30 and 2026-11-22 00:30"


@pytest.mark.parametrize("name", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.parametrize("value", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_can_be_shown_everywhere(name: str, value: datetime) -> None:
    with timezone.override(find_time_zone(name)):
        assert times.full_time(value)[:4] in ("0001", "9999")
        assert times.machine_time(value)[:4] == f"{value.year:04}"


@pytest.mark.parametrize(
    ("text", "exact", "typed"),
    [
        ("2026-07-01T10:00", None, "2026-07-01T08:00:00Z"),
        ("2026-07-01T10:00Z", "2026-07-01T10:00:00Z", "2026-07-01T10:00:00Z"),
        ("2026-07-01 10:00+05:30", "2026-07-01T04:30:00Z", "2026-07-01T04:30:00Z"),
        ("2026-10-25T02:30", None, "2026-10-25T00:30:00Z"),  # the clocks show it twice
        ("2026-03-29T02:30", None, "2026-03-29T01:30:00Z"),  # the clocks leave it out
        ("2026-07-01", None, "2026-06-30T22:00:00Z"),
        ("0001-01-01T00:00", None, None),
        ("9999-12-31T23:59-12:00", None, None),
        ("yesterday", None, None),
        ("2026-13-01T00:00", None, None),
        ("", None, None),
    ],
)
def test_typed_times_are_in_the_zone_of_the_reader_and_addresses_in_none(
    text: str, exact: str | None, typed: str | None
) -> None:
    with timezone.override(find_time_zone("Europe/Berlin")):
        for read, wanted in ((times.exact_time, exact), (times.typed_time, typed)):
            value = read(text)
            assert (times.machine_time(value, "auto") if value else None) == wanted


def test_a_time_zone_behaves_like_that_of_python() -> None:
    ours, theirs = find_time_zone("Europe/Berlin"), ZoneInfo("Europe/Berlin")
    for month in range(1, 13):
        value = datetime(2026, month, 29 if month != 2 else 28, 1, 30, tzinfo=UTC)
        assert value.astimezone(ours).isoformat() == value.astimezone(theirs).isoformat()
