"""The periods that pages can show, which end now and are divided into slices."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

from core.pages.times import local

R = TypeVar("R", bound=Model)


@dataclass(frozen=True, slots=True)
class Period:
    """A period with its name in URLs and on pages."""

    key: str
    label: str
    span: timedelta
    slice: timedelta


PERIODS = {
    period.key: period
    for period in (
        Period("1h", "last hour", timedelta(hours=1), timedelta(minutes=2)),
        Period("8h", "last 8 hours", timedelta(hours=8), timedelta(minutes=15)),
        Period("24h", "last 24 hours", timedelta(hours=24), timedelta(hours=1)),
        Period("7d", "last 7 days", timedelta(days=7), timedelta(hours=6)),
        Period("30d", "last 30 days", timedelta(days=30), timedelta(days=1)),
    )
}


@dataclass(frozen=True, slots=True)
class Window:
    """A time range that is divided into slices at its edges. The last slice contains the present, `now`."""

    edges: tuple[datetime, ...]
    now: datetime

    @property
    def start(self) -> datetime:
        return self.edges[0]

    @property
    def end(self) -> datetime:
        return self.edges[-1]

    @property
    def slices(self) -> int:
        return len(self.edges) - 1

    def slice_start(self, number: int) -> datetime:
        return self.edges[number]


def window(period: Period, now: datetime) -> Window:
    """Return the time window of a period.

    Its slices begin at round times in the reader's time zone. A day is a calendar day, so it has 23 or 25 hours when
    the clocks change.
    """
    wall = local(now).replace(tzinfo=None)
    midnight = datetime.combine(wall, time())
    next_edge = midnight + ((wall - midnight) // period.slice + 1) * period.slice
    steps = [period.slice * number for number in reversed(range(period.span // period.slice + 1))]
    if period.slice <= timedelta(hours=1):
        end = now.astimezone(UTC) + (next_edge - wall)
        return Window(tuple(end - step for step in steps), now)
    zone = timezone.get_current_timezone()
    return Window(tuple((next_edge - step).replace(tzinfo=zone).astimezone(UTC) for step in steps), now)


def until_now(runs: QuerySet[R], start: datetime, now: datetime) -> QuerySet[R]:
    """Return the runs that were expected to start since `start`, without upcoming ones."""
    return runs.filter(expected_start_time__gte=start, expected_start_time__lte=now)


def begins_a_day(edge: datetime) -> bool:
    """Return whether a day of the reader begins at this time."""
    return local(edge).date() != local(edge - timedelta(microseconds=1)).date()
