"""Limits on what dateutil computes for one recurrence rule.

dateutil counts the dates of a rule one by one from its start. It looks for a date that never comes until the year 9999.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import prod
from typing import Any

from dateutil import rrule as rules

_PERIODS = {
    rules.SECONDLY: timedelta(seconds=1),
    rules.MINUTELY: timedelta(minutes=1),
    rules.HOURLY: timedelta(hours=1),
    rules.DAILY: timedelta(days=1),
    rules.WEEKLY: timedelta(weeks=1),
}
_MONTHS = {rules.MONTHLY: 1, rules.YEARLY: 12}
_TIME_PARTS = ("BYHOUR=", "BYMINUTE=", "BYSECOND=")
_LAST_DAY_OF_ALL_MONTHS = 28


def times_of_day(text: str) -> int:
    """Return how many times of a day the hours, minutes and seconds of all rules in the text make, without parsing."""
    total = 0
    for line in text.upper().split():
        parts = line.rpartition(":")[2].split(";")
        total += prod(part.count(",") + 1 for part in parts if part.startswith(_TIME_PARTS))
    return total


class TooSlow(Exception):
    """The deadline has passed."""


def advanced(rule: Any, before: datetime) -> Any:
    """Return the rule without zones, and with the latest start that leaves its dates from `before` on as they are."""
    until = rule._until.replace(tzinfo=None) if rule._until else None
    start = rule._dtstart.replace(tzinfo=None)
    if rule._count is None:
        start = _later_start(start, before, rule._freq, rule._interval)
    return rule.replace(dtstart=start, until=until)


def watched(rule: Any, deadline: float) -> Iterator[datetime]:
    """Yield the dates of a rule. Raises `TooSlow` soon after the deadline."""
    rule.__class__ = _WatchedRule
    rule.deadline = deadline
    for date in rule:
        if time.monotonic() > deadline:
            raise TooSlow
        yield date


def until_too_slow(dates: Iterator[datetime]) -> Iterator[datetime]:
    """Yield the dates that were found before the deadline."""
    try:
        yield from dates
    except TooSlow:
        return


class _WatchedRule(rules.rrule):  # type: ignore[misc]  # dateutil has no types
    """A rule that looks at the clock for each month, hour, minute and second in which dateutil looks for dates."""

    deadline: float

    @property
    def _bynweekday(self) -> Any:  # dateutil reads it whenever it comes to another month
        return self._in_time("_bynweekday")

    @property
    def _tzinfo(self) -> Any:  # and this for each hour, minute or second of rules that repeat so often
        return self._in_time("_tzinfo")

    def _in_time(self, name: str) -> Any:
        if time.monotonic() > self.deadline:
            raise TooSlow
        return self.__dict__[name]


def _later_start(start: datetime, before: datetime, freq: int, interval: int) -> datetime:
    """Move the start by whole periods. The last one is left, because the first period may be cut by the start."""
    try:
        if period := _PERIODS.get(freq):
            skipped = (before - start) // (period * interval) - 1
            return start + max(skipped, 0) * period * interval
        if start.day > _LAST_DAY_OF_ALL_MONTHS:
            return start
        months = _MONTHS[freq] * interval
        skipped = ((before.year - start.year) * 12 + before.month - start.month) // months - 1
        years, month = divmod(start.month - 1 + max(skipped, 0) * months, 12)
        return start.replace(year=start.year + years, month=month + 1)
    except OverflowError:  # the interval is longer than the calendar
        return start
