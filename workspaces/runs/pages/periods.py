"""The periods that a page can look back on, cut into slices of round length."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Period:
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
    """A stretch of time in slices; the last slice holds the present moment."""

    start: datetime
    slice: timedelta
    slices: int

    @property
    def end(self) -> datetime:
        return self.start + self.slice * self.slices

    def slice_start(self, number: int) -> datetime:
        return self.start + self.slice * number


def window(period: Period, now: datetime) -> Window:
    width = int(period.slice.total_seconds())
    end = datetime.fromtimestamp((int(now.timestamp()) // width + 1) * width, tz=UTC)
    return Window(end - period.span, period.slice, period.span // period.slice)
