"""The time zones that people can choose, found by their IANA names."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# The areas of the tz database. Names outside them are historical, or depend on the server, such as `localtime`.
_AREAS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip


class TimeZone(ZoneInfo):
    """A time zone in which every stored time can be shown.

    Clients may send times in year 1 or 9999 that lie outside the calendar in some time zones. Python raises
    `OverflowError` for them. Here they are shown in UTC.
    """

    def fromutc(self, dt: datetime, /) -> datetime:
        try:
            return super().fromutc(dt)
        except OverflowError:
            return dt


def find_time_zone(name: str) -> TimeZone | None:
    """Return the time zone with this name, or None. Unknown names are not looked up on disk."""
    return _load(name) if name in _known_names() else None


@cache
def time_zone_choices() -> list[tuple[str, list[str]]]:
    """Return the names that a form offers: each area with its places."""
    names = sorted(_known_names())
    return [(area, [name for name in names if name.startswith(f"{area}/")]) for area in _AREAS]


@cache
def _known_names() -> frozenset[str]:
    return frozenset({"UTC"} | {name for name in available_timezones() if name.split("/")[0] in (*_AREAS, "Etc")})


@cache
def _load(name: str) -> TimeZone:
    return TimeZone(name)


UTC = _load("UTC")
