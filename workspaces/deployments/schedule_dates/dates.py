"""The next dates of any schedule, as the Prefect server computes them."""

import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from workspaces.deployments.schedule_dates.cron_lines import cron_dates
from workspaces.deployments.schedule_dates.intervals import interval_dates
from workspaces.deployments.schedule_dates.rrules import rrule_dates
from workspaces.deployments.schedule_dates.shapes import CronSchedule, IntervalSchedule, Schedule, zone_of

MOST_DATES = 1_000
_MOST_CANDIDATES = MOST_DATES + 2
_MOST_SECONDS = 0.5


def dates(schedule: Schedule, n: int | None, start: datetime, end: datetime | None = None) -> list[datetime]:
    """Return the next `n` dates from `start` to `end`, both included, in the schedule's zone.

    Without `n` return one date, or up to a thousand if there is an `end`. A schedule that needs more than half a second
    gets the dates that were found until then.
    """
    if n is None:
        n = 1 if end is None else MOST_DATES
    zone = zone_of(schedule)
    start, end = start.astimezone(zone), end.astimezone(zone) if end else None
    deadline = time.monotonic() + _MOST_SECONDS
    found: set[datetime] = set()
    for date in islice(_candidates(schedule, start, deadline), _MOST_CANDIDATES):
        if end is not None and date > end:
            break
        # Dates of one zone are equal if its clock shows the same. So the hour that is repeated in autumn counts once.
        found.add(date)
        if len(found) >= n or time.monotonic() > deadline:
            break
    return sorted(found)


def _candidates(schedule: Schedule, start: datetime, deadline: float) -> Iterator[datetime]:
    zone = zone_of(schedule)
    if isinstance(schedule, IntervalSchedule):
        return interval_dates(schedule.interval, schedule.anchor_date, zone, start=start)
    if isinstance(schedule, CronSchedule):
        return cron_dates(schedule.cron, zone, day_or=schedule.day_or, start=start)
    return rrule_dates(schedule.rrule, zone, start=start, deadline=deadline)
