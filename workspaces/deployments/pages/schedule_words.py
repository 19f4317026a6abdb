"""Schedules in words, for lists. What has no short words is shown as it was written."""

from datetime import timedelta
from typing import Any

from core.pages.query_strings import shortened

_LONGEST = 60
_UNITS = ((604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY_NAMES = {day[:3].upper(): number for number, day in enumerate(_DAYS[:7])}
_FREQUENCIES = {
    "YEARLY": "year", "MONTHLY": "month", "WEEKLY": "week", "DAILY": "day",
    "HOURLY": "hour", "MINUTELY": "minute", "SECONDLY": "second",
}  # fmt: skip


def schedule_words(schedule: dict[str, Any]) -> str:
    """Return the words of a stored schedule, with its time zone, such as `every day at 06:00, Europe/Berlin`."""
    zone = schedule.get("timezone") or "UTC"
    if "interval" in schedule:
        return f"every {_interval(timedelta(seconds=schedule['interval']))}, {zone}"
    if "cron" in schedule:
        return f"{_cron(str(schedule['cron']))}, {zone}"
    return f"{_rule(str(schedule.get('rrule', '')))}, {zone}"


def _interval(interval: timedelta) -> str:
    seconds = interval.total_seconds()
    for size, unit in _UNITS:
        if seconds >= size and seconds % size == 0:
            return _times(int(seconds // size), unit)
    return f"{seconds:g} seconds"


def _times(number: int, unit: str) -> str:
    return unit if number == 1 else f"{number:,} {unit}s"


def _cron(line: str) -> str:
    fields = line.split()
    if len(fields) == 5 and fields[2:4] == ["*", "*"] and (words := _daily(fields[0], fields[1], fields[4])):
        return words
    return f"cron {shortened(line, _LONGEST)}"


def _daily(minute: str, hour: str, weekday: str) -> str:
    """Return the words of a cron line that restricts no month and no day of the month, or nothing."""
    days = _weekdays(weekday)
    if not days:
        return ""
    if minute.isdecimal() and hour.isdecimal():
        return f"{days} at {int(hour):02}:{int(minute):02}"
    step = minute.removeprefix("*/")
    if hour != "*" or days != "every day":
        return ""
    if minute == "*":
        return "every minute"
    if step != minute and step.isdecimal() and 60 % (int(step) or 60) == 0:
        return f"every {_times(int(step), 'minute')}"
    return f"every hour at minute {int(minute)}" if minute.isdecimal() else ""


def _weekdays(field: str) -> str:
    if field == "*":
        return "every day"
    first, _, last = field.partition("-")
    days = [_weekday(day) for day in ((first, last) if last else field.split(","))]
    if None in days:
        return ""
    names = [_DAYS[day] for day in days if day is not None]
    return f"{names[0]} to {names[-1]}" if last else " and ".join(names)


def _weekday(text: str) -> int | None:
    number = _DAY_NAMES.get(text.upper(), int(text) if text.isdecimal() else -1)
    return number if 0 <= number < len(_DAYS) else None


def _rule(text: str) -> str:
    parts = dict(part.split("=", 1) for part in text.split("RRULE:")[-1].split(";") if "=" in part)
    frequency, interval = _FREQUENCIES.get(parts.pop("FREQ", "")), parts.pop("INTERVAL", "1")
    if frequency and not parts and interval.isdecimal():
        return f"every {_times(int(interval), frequency)}"
    return f"rule {shortened(' '.join(text.split('RRULE:')[-1].split()), _LONGEST)}"
