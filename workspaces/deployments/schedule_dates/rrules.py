"""Recurrence rules of iCalendar: which ones are accepted, and their dates."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from dateutil import rrule as rules

from workspaces.deployments.schedule_dates.clock import on_clock
from workspaces.deployments.schedule_dates.rule_limits import TooSlow, advanced, times_of_day, until_too_slow, watched

_MOST_CHARACTERS = 6_500
_MOST_TIMES_OF_DAY = 1_440  # of all rules together: one a minute
_DEFAULT_START = datetime(2020, 1, 1)  # noqa: DTZ001  on the clock of any zone
_UNIT_SECONDS = {rules.SECONDLY: 1, rules.MINUTELY: 60}


def check_rrule(text: str) -> str:
    """Return the rule. Raises `ValueError` if it is invalid or too long."""
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f'Invalid RRule string "{text[:40]}..."\nMax length is {_MOST_CHARACTERS}, got {len(text)}')
    # dateutil lists all times of a day, and does it again whenever it reads the rule.
    if times_of_day(text) > _MOST_TIMES_OF_DAY:
        raise ValueError(f"Invalid RRule string: more than {_MOST_TIMES_OF_DAY:,} times a day")
    try:
        parsed = _parse(text)
    except Exception as error:  # dateutil raises many types for texts that it does not understand
        raise ValueError(f'Invalid RRule string "{text}": {error}') from None
    # dateutil would never come to an end.
    if any(rule._interval < 1 for rule in (*parsed._rrule, *parsed._exrule)):
        raise ValueError(f'Invalid RRule string "{text}": the interval must be positive')
    return text


def anchored(text: str, local_now: datetime) -> str:
    """Return the rule with an explicit start (DTSTART), which its dates are counted from.

    The start is 2020, but a recent moment for rules that repeat every few seconds or minutes without end, so that their
    dates need not be counted from 2020.
    """
    if "DTSTART" in text.upper():
        return text
    start = _DEFAULT_START
    parsed = rules.rrulestr(text, dtstart=start, tzids=_timezone)
    if isinstance(parsed, rules.rrule):
        rule: Any = parsed
        unit = _UNIT_SECONDS.get(rule._freq)
        passed = (local_now.replace(tzinfo=None) - start).total_seconds()
        if unit and rule._count is None and passed > 0:
            start += timedelta(seconds=passed // (unit * rule._interval) * unit * rule._interval)
    return f"DTSTART:{start:%Y%m%dT%H%M%S}\n{text}"


def rrule_dates(text: str, zone: ZoneInfo, *, start: datetime, deadline: float) -> Iterator[datetime]:
    """Yield the dates from `start` on, until there are no more or the deadline (of the monotonic clock) passes."""
    # The rules are about the clock of the zone, so times in them are read without their own zones.
    before = start.astimezone(zone).replace(tzinfo=None)
    parsed = _parse(text)
    parsed._rrule = [until_too_slow(watched(advanced(rule, before), deadline)) for rule in parsed._rrule]
    parsed._exrule = [watched(advanced(rule, before), deadline) for rule in parsed._exrule]
    parsed._rdate = [date.replace(tzinfo=None) for date in parsed._rdate]
    parsed._exdate = [date.replace(tzinfo=None) for date in parsed._exdate]
    try:
        for wall in parsed:
            if wall >= before and (date := on_clock(wall, zone)) >= start:
                yield date
    except (TooSlow, OverflowError):
        return


def _parse(text: str) -> Any:
    """Return dateutil's set of rules and dates, whose parts have no public names."""
    return rules.rrulestr(text, dtstart=_DEFAULT_START, forceset=True, tzids=_timezone)


def _timezone(name: str) -> ZoneInfo | None:
    """Look a zone up by name only. dateutil would also open files."""
    return ZoneInfo(name) if name in available_timezones() else None
