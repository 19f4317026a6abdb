"""The dates of an interval."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MOST_STEPS_TO_START = 1_000  # usually one or two


def interval_dates(interval: timedelta, anchor: datetime, zone: ZoneInfo, *, start: datetime) -> Iterator[datetime]:
    """Yield the dates from `start` on, which is a time of `zone`.

    The first one is a number of intervals from the anchor, counted in seconds. From there on, an interval of a day or
    more moves the clock of the zone, so that a daily schedule stays at its hour, and a shorter one counts seconds.
    """
    try:
        date = _first(interval, anchor, zone, start)
        steps = 0
        while date < start and steps < _MOST_STEPS_TO_START:
            date, steps = _next(date, interval, zone), steps + 1
        while True:
            yield date
            date = _next(date, interval, zone)
    except OverflowError:  # after the year 9999
        return


def _first(interval: timedelta, anchor: datetime, zone: ZoneInfo, start: datetime) -> datetime:
    passed = start.astimezone(UTC) - anchor.astimezone(UTC)
    intervals = int(passed.total_seconds() / interval.total_seconds())
    return (anchor.astimezone(UTC) + intervals * interval).astimezone(zone)


def _next(date: datetime, interval: timedelta, zone: ZoneInfo) -> datetime:
    if not interval.days:
        return (date.astimezone(UTC) + interval).astimezone(zone)
    wall = date.replace(tzinfo=None, fold=0) + interval
    # If the clock shows this time twice, the second one. If it skips the time, what it shows instead.
    offsets = [wall.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta(0) for fold in (0, 1)]
    return (wall - min(offsets)).replace(tzinfo=UTC).astimezone(zone)
