"""Cron lines: which ones are accepted, and the dates at which they match."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter
from croniter.croniter import CroniterBadDateError

from workspaces.deployments.schedule_dates.clock import on_clock

_MOST_CHARACTERS = 1_000
# `15W`, the nearest weekday: croniter knows it, the Prefect client's older copy does not.
_NEAREST_WEEKDAY = re.compile(r"(\d+w|w\d+)", re.IGNORECASE)


def check_cron(line: str) -> str:
    """Return the line. Raises `ValueError` if it is no cron line, or has fields that are random or hashed."""
    if len(line) > _MOST_CHARACTERS or not croniter.is_valid(line) or _has_nearest_weekday(line):
        raise ValueError(f'Invalid cron string: "{line[:_MOST_CHARACTERS]}"')
    if any(field.casefold() in {"r", "h"} for field in line.split()):
        raise ValueError(f'Random and Hashed expressions are unsupported, received: "{line}"')
    return line


def cron_dates(line: str, zone: ZoneInfo, *, day_or: bool, start: datetime) -> Iterator[datetime]:
    """Yield the dates from `start` on, without end unless the line stops matching within 50 years."""
    start = start.astimezone(zone)
    before = (start.astimezone(ZoneInfo("UTC")) - timedelta(seconds=1)).astimezone(zone)
    if before.microsecond:
        before += timedelta(seconds=1)
    # croniter reads the clock; `on_clock` says which moment it shows.
    matches = croniter(line, before.replace(tzinfo=None, fold=0), day_or=day_or)
    try:
        while True:
            yield on_clock(matches.get_next(datetime), zone)
    except (CroniterBadDateError, OverflowError):
        return


def _has_nearest_weekday(line: str) -> bool:
    fields = line.split()
    return len(fields) > 2 and _NEAREST_WEEKDAY.search(fields[2]) is not None
