"""How times, durations and numbers read on a page."""

from datetime import UTC, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@register.filter
def duration(value: timedelta | float | None) -> str:
    """`0.34 s`, `12.3 s`, `3 min 4 s`, `2 h 5 min`, `4 d 3 h`: two units are enough; empty for None."""
    if value is None:
        return ""
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    seconds = max(seconds, 0.0)
    if seconds < 1:
        return f"{seconds:.2f} s" if seconds >= 0.005 else "0 s"
    if seconds < 60:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    for place, (size, unit) in enumerate(_UNITS[:-1]):
        if whole >= size:
            next_size, next_unit = _UNITS[place + 1]
            rest = whole % size // next_size
            return f"{whole // size} {unit}" + (f" {rest} {next_unit}" if rest else "")
    return f"{whole} s"


_RECORDED = {
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
    """`workspace.created`, as the record names it, is “Workspace created:”, said before what it is about."""
    return _RECORDED.get(action) or action.replace(".", " ").replace("-", " ").capitalize() + ":"


@register.filter
def ago(value: datetime | None) -> str:
    """`just now`, `4 min ago`, `in 3 h`, and the date when it is more than thirty days away."""
    if value is None:
        return ""
    seconds = (timezone.now() - value).total_seconds()
    distance = abs(seconds)
    if distance < 5:
        return "just now"
    if distance >= 30 * 86400:
        return f"{value:%-d %b %Y}"
    size, unit = next((size, unit) for size, unit in _UNITS if distance >= size)
    # What is to come is rounded: a key of seven days expires "in 7 d" the moment after it was made.
    words = f"{int(distance // size if seconds > 0 else round(distance / size))} {unit}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


@register.filter
def stamp(value: datetime | None) -> str:
    """`21 Nov 2026, 01:30:12`, in UTC."""
    return f"{value.astimezone(UTC):%-d %b %Y, %H:%M:%S}" if value else ""


@register.simple_tag
def when(value: datetime | None, otherwise: str = "") -> str | SafeString:
    """A time as people say it, with the exact one in UTC as its tooltip."""
    return _time(value, ago(value)) if value else otherwise


@register.simple_tag
def moment(value: datetime | None, otherwise: str = "") -> str | SafeString:
    """A time as date and clock, with UTC said in its tooltip."""
    return _time(value, stamp(value)) if value else otherwise


def _time(value: datetime, words: str) -> SafeString:
    value = value.astimezone(UTC)
    iso = value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}" title="{}">{}</time>', iso, f"{value:%Y-%m-%d %H:%M:%S} UTC", words)
