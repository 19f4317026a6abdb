"""Template filters and tags that format times, durations and audit actions."""

from datetime import date, datetime, timedelta
from math import floor

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.pages import times

register = template.Library()

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@register.filter
def duration(value: timedelta | float | None) -> str:
    """Format a duration with at most two units: `0.34 s`, `12.3 s`, `3 min 4 s`, `2 h 5 min`, `4 d 3 h`.

    Takes a timedelta or seconds. None is the empty string. Rounds down, like the clocks of `static/js/watching.js`.
    """
    if value is None:
        return ""
    value = value if isinstance(value, timedelta) else timedelta(seconds=value)
    hundredths = max(value // timedelta(milliseconds=10), 0)
    if hundredths < 100:
        return f"{hundredths / 100:.2f} s" if hundredths else "0 s"
    if hundredths < 6000:
        return f"{hundredths // 10 / 10:.1f} s".replace(".0 s", " s")
    whole = hundredths // 100
    for place, (size, unit) in enumerate(_UNITS[:-1]):
        if whole >= size:
            next_size, next_unit = _UNITS[place + 1]
            rest = whole % size // next_size
            return f"{whole // size} {unit}" + (f" {rest} {next_unit}" if rest else "")
    return f"{whole} s"


_ACTION_LABELS = {
    "account-membership.created": "Joined:",
    "account-membership.updated": "Membership changed:",
    "account-membership.deleted": "Left or was removed:",
    "team-membership.created": "Added to a team:",
    "team-membership.deleted": "Taken out of a team:",
    "workspace-access.created": "Role in a workspace given:",
    "workspace-access.updated": "Role in a workspace changed:",
    "workspace-access.deleted": "Role in a workspace taken away:",
    "api-key.created": "API key created:",
    "api-key.deleted": "API key deleted:",
}


@register.filter
def in_words(action: str) -> str:
    """Format an action of the audit log: `workspace.created` becomes “Workspace created:”."""
    return _ACTION_LABELS.get(action) or action.replace(".", " ").replace("-", " ").capitalize() + ":"


def ago(value: datetime | None) -> str:
    """Format a time relative to now: `just now`, `4 min ago`, `in 3 h`. Beyond thirty days, format the date."""
    if value is None:
        return ""
    seconds = (timezone.now() - value).total_seconds()
    distance = abs(seconds)
    if distance < 5:
        return "just now"
    if distance >= 30 * 86400:
        return times.day(value)
    size, unit = next((size, unit) for size, unit in _UNITS if distance >= size)
    # Round times in the future, so that a key that was just created for seven days expires "in 7 d", not "in 6 d".
    words = f"{int(distance // size if seconds > 0 else round(distance / size))} {unit}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


@register.simple_tag
def when(value: datetime | None, otherwise: str = "") -> str | SafeString:
    """Show a time relative to now, with the exact time in the tooltip. Without a time, show `otherwise`."""
    return _time(value, ago(value), relative=True) if value else otherwise


@register.simple_tag
def moment(value: datetime | None, otherwise: str = "") -> str | SafeString:
    """Show a date and time: `2026-11-21 01:30:12`. Without a time, show `otherwise`."""
    return _time(value, times.full_time(value)) if value else otherwise


@register.simple_tag
def day(value: date) -> SafeString:
    """Show the date of a time, or a date: `2026-11-21`."""
    if isinstance(value, datetime):
        return _time(value, times.day(value))
    return format_html('<time datetime="{0}">{0}</time>', times.day(value))


@register.simple_tag
def clock_time(value: datetime) -> SafeString:
    """Show a time without its date, for lists that show the date once: `01:30:12`."""
    return _time(value, times.clock_time(value))


@register.simple_tag
def time_now() -> SafeString:
    """Show the present time to the minute."""
    now = timezone.now()
    return _time(now, times.minute(now))


@register.simple_tag
def elapsed(value: timedelta, since: datetime, live: bool) -> str | SafeString:
    """Show how long a run has taken. If it is live, a script counts on (`static/js/watching.js`).

    A live one shows whole seconds, so that server and script show the same.
    """
    if not live:
        return duration(value)
    started = times.machine_time(since)
    seconds = f"{value.total_seconds():.3f}"
    return format_html(
        '<span data-since="{}" data-elapsed="{}">{}</span>', started, seconds, duration(floor(value.total_seconds()))
    )


@register.filter
def iso(value: datetime) -> str:
    """Format a time in UTC for addresses, form fields and ids: `2026-11-21T01:30:12Z`."""
    return times.machine_time(value, "auto")


@register.filter
def with_zone(value: datetime) -> str:
    """Format a time with its time zone, for mail: `2026-11-21 01:30 UTC`."""
    return f"{times.minute(value)} {times.zone_name()}"


def _time(value: datetime, words: str, *, relative: bool = False) -> SafeString:
    """Return a `<time>` with the time in UTC as tooltip, and the local time as well if the words are relative."""
    tooltip = times.utc_time(value)
    if relative and times.zone_name() != "UTC":
        tooltip = f"{times.full_time(value)} {times.zone_name()}, {tooltip}"
    return format_html('<time datetime="{}" title="{}">{}</time>', times.machine_time(value), tooltip, words)
