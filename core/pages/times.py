"""Format times in the time zone of the reader, which is Django's current one, and read times that people type.

Pages show ISO 8601 dates and 24 hours.
"""

from datetime import UTC, date, datetime, tzinfo

from django.utils import timezone
from django.utils.dateparse import parse_datetime


def local(value: datetime) -> datetime:
    """Return the time in the reader's time zone."""
    return timezone.localtime(value)


def full_time(value: datetime) -> str:
    """Return `2026-11-21 01:30:12`."""
    return _without_zone(local(value), "seconds")


def minute(value: datetime) -> str:
    """Return `2026-11-21 01:30`."""
    return _without_zone(local(value), "minutes")


def day(value: date) -> str:
    """Return `2026-11-21`, for a date or for the reader's date of a time."""
    return (local(value).date() if isinstance(value, datetime) else value).isoformat()


def clock_time(value: datetime) -> str:
    """Return `01:30:12`."""
    return full_time(value).split()[1]


def hour(value: datetime) -> str:
    """Return `01:30`."""
    return minute(value).split()[1]


def short_day(value: datetime) -> str:
    """Return `21 Nov`, for the axes of charts."""
    return f"{local(value):%d %b}"


def time_range(start: datetime, end: datetime, between: str = "to") -> str:
    """Return `2026-11-21 01:30 to 02:00`, with both dates if they differ."""
    same_day = local(start).date() == local(end).date()
    return f"{minute(start)} {between} {hour(end) if same_day else minute(end)}"


def utc_time(value: datetime) -> str:
    """Return `2026-11-21 01:30:12 UTC`, for tooltips."""
    return f"{_without_zone(value.astimezone(UTC), 'seconds')} UTC"


def machine_time(value: datetime, timespec: str = "milliseconds") -> str:
    """Return `2026-11-21T01:30:12.000Z`, for attributes that programs read."""
    return f"{_without_zone(value.astimezone(UTC), timespec, 'T')}Z"


def zone_name() -> str:
    """Return the name of the reader's time zone."""
    return str(timezone.get_current_timezone())


def zone_label(zone: tzinfo) -> str:
    """Return `Europe/Berlin (UTC+01:00)`, with the current offset."""
    name, offset = str(zone), f"{datetime.now(zone):%z}"
    return name if name == "UTC" else f"{name} (UTC{offset[:3]}:{offset[3:]})"


def exact_time(text: str) -> datetime | None:
    """Parse an ISO 8601 time with an offset. Returns it in UTC, or None if the text is not one."""
    return _parse(text, None)


def typed_time(text: str) -> datetime | None:
    """Parse a time that a person typed. Returns it in UTC, or None if the text is not a time.

    Without an offset, it is in the reader's time zone. If the clocks are set back, the first of two times counts.
    """
    return _parse(text, timezone.get_current_timezone())


def _parse(text: str, zone: tzinfo | None) -> datetime | None:
    try:
        value = parse_datetime(text)
        if value is not None and timezone.is_naive(value):
            value = value.replace(tzinfo=zone) if zone else None
        return value.astimezone(UTC) if value else None
    except (ValueError, OverflowError):  # such as the first hours of year 1, which may lie before the calendar in UTC
        return None


def _without_zone(value: datetime, timespec: str, separator: str = " ") -> str:
    return value.replace(tzinfo=None).isoformat(separator, timespec)
