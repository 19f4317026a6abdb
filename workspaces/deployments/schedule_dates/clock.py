"""The moments that a clock on the wall shows in a time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def on_clock(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment at which the zone's clocks show `wall`.

    If they skip this time, as in spring, return the moment that would have shown it without the hour's loss, which is
    before the change. Clients and the Prefect server read times in this way.
    """
    first = wall.replace(tzinfo=zone, fold=0).utcoffset()
    second = wall.replace(tzinfo=zone, fold=1).utcoffset()
    if first is None or second is None:
        raise ValueError("the zone has no offset")
    return (wall - max(first, second)).replace(tzinfo=UTC).astimezone(zone)
