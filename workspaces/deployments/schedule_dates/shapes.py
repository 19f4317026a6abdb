"""The shapes of schedules. They have no type field: their keys tell them apart, so unknown keys are refused."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, TypeAdapter, field_serializer, model_validator

from core.rest.shapes import Strict, plain
from workspaces.deployments.schedule_dates.cron_lines import check_cron
from workspaces.deployments.schedule_dates.rrules import anchored, check_rrule


def _check_positive(interval: timedelta) -> timedelta:
    if interval <= timedelta(0):
        raise ValueError("interval must be positive")
    return interval


def _check_timezone(name: str | None) -> str | None:
    if name and name not in _timezone_names():
        raise ValueError(f'Invalid timezone: "{name}" (specify in IANA tzdata format, for example, America/New_York)')
    return name


def _with_zone(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


@cache
def _timezone_names() -> frozenset[str]:
    return frozenset(available_timezones())


class IntervalSchedule(Strict):
    """Run each time that an interval has passed since the anchor date."""

    interval: Annotated[timedelta, AfterValidator(_check_positive)]
    anchor_date: Annotated[datetime, AfterValidator(_with_zone)] = Field(default_factory=lambda: datetime.now(UTC))
    timezone: str | None = None

    @model_validator(mode="after")
    def validate_timezone(self) -> "IntervalSchedule":
        """Raise `ValueError` if the zone is unknown. Without a zone it is UTC: anchors in JSON name none."""
        self.timezone = "UTC" if self.timezone is None else _check_timezone(self.timezone)
        return self

    @field_serializer("interval")
    def _seconds(self, interval: timedelta) -> float:
        return interval.total_seconds()


class CronSchedule(Strict):
    """Run when the clock of a time zone matches a cron line."""

    cron: Annotated[str, AfterValidator(check_cron)]
    timezone: str | None = None
    # Whether a date must match the day of the month or the day of the week, if the line restricts both.
    day_or: bool = True

    @model_validator(mode="after")
    def validate_timezone(self) -> "CronSchedule":
        """Raise `ValueError` if the zone is unknown."""
        _check_timezone(self.timezone)
        return self


class RRuleSchedule(Strict):
    """Run by a recurrence rule of iCalendar (RFC 5545). Its dates are read on the clock of the time zone."""

    rrule: Annotated[str, AfterValidator(check_rrule), AfterValidator(plain)]
    timezone: Annotated[str | None, AfterValidator(_check_timezone)] = "UTC"

    def anchored(self, now: datetime) -> "RRuleSchedule":
        """Return the schedule with an explicit start, as it is stored."""
        return self.model_copy(update={"rrule": anchored(self.rrule, now.astimezone(zone_of(self)))})


Schedule = IntervalSchedule | CronSchedule | RRuleSchedule
_schedule: TypeAdapter[Schedule] = TypeAdapter(Schedule)


def zone_of(schedule: Schedule) -> ZoneInfo:
    """Return the time zone in which the schedule's dates are computed."""
    return ZoneInfo(schedule.timezone or "UTC")


def parse_schedule(stored: dict[str, Any]) -> Schedule:
    """Return the schedule that a row holds as JSON."""
    return _schedule.validate_python(stored)
