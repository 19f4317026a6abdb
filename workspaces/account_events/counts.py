"""Count an account's events by day, time, event, resource, workspace or actor."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.errors import Invalid
from workspaces.account_events.filters import AccountEventFilter
from workspaces.account_events.schemas import Countable, TimeUnit

MOST_INTERVALS = 1_000
_SECONDS: dict[TimeUnit, int] = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
_NOBODY = ("", "")

Named = Callable[[dict[str, Any]], tuple[str, str]]


@dataclass(slots=True)
class EventCount:
    """How many events have this value, and the time of the first and the last, or the interval that they are in."""

    value: str
    label: str
    count: int
    start_time: datetime
    end_time: datetime


def count_by(countable: Countable, events: Iterable[dict[str, Any]]) -> list[EventCount]:
    """Count events by anything but time, the most frequent first, and days in order."""
    counts: dict[str, EventCount] = {}
    for event in events:
        value, label = _NAMED[countable](event)
        occurred = event["occurred"]
        found = counts.setdefault(value, EventCount(value, label, 0, occurred, occurred))
        found.count += 1
        found.start_time, found.end_time = min(found.start_time, occurred), max(found.end_time, occurred)
    if countable == "day":
        return sorted(counts.values(), key=lambda found: found.value)
    return sorted(counts.values(), key=lambda found: (-found.count, found.value))


def count_by_time(
    events: Iterable[dict[str, Any]], event_filter: AccountEventFilter, unit: TimeUnit, interval: float
) -> list[EventCount]:
    """Count events by intervals, which begin with the period of the filter. Raises `Invalid` if there are too many."""
    length = timedelta(seconds=_SECONDS[unit] * interval)
    begin = event_filter.occurred.since
    intervals = int(max(event_filter.occurred.until - begin, timedelta()) / length) + 1
    if intervals > MOST_INTERVALS:
        raise Invalid(f"This makes {intervals} intervals. At most {MOST_INTERVALS} are possible.")
    counts = [0] * intervals
    for event in events:
        counts[min(int((event["occurred"] - begin) / length), intervals - 1)] += 1
    starts = [begin + number * length for number in range(intervals)]
    return [
        EventCount(start.isoformat(), start.isoformat(), count, start, start + length)
        for start, count in zip(starts, counts, strict=True)
    ]


def _day(event: dict[str, Any]) -> tuple[str, str]:
    day = event["occurred"].astimezone(UTC).date().isoformat()
    return day, day


def _resource(event: dict[str, Any]) -> tuple[str, str]:
    return _id_and_name(event["resource"])


def _workspace(event: dict[str, Any]) -> tuple[str, str]:
    workspace = str(event["workspace"] or "")
    return workspace, workspace


def _actor(event: dict[str, Any]) -> tuple[str, str]:
    actors = (labels for labels in event["related"] if labels.get("prefect.resource.role") == "actor")
    return next(map(_id_and_name, actors), _NOBODY)


def _id_and_name(labels: dict[str, str]) -> tuple[str, str]:
    resource_id = labels["prefect.resource.id"]
    return resource_id, labels.get("prefect.resource.name") or resource_id


_NAMED: dict[Countable, Named] = {
    "day": _day,
    "event": lambda event: (event["event"], event["event"]),
    "resource": _resource,
    "workspace": _workspace,
    "actor": _actor,
}
