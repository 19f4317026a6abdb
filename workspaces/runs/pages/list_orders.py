"""The orders of a list of runs, which the address bar names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict

from core.pages.times import exact_time


@dataclass(frozen=True, slots=True)
class RunOrder:
    """An order of a list. `upcoming`: runs that start in the future are shown above the others, the next one first."""

    key: str
    label: str
    column: str
    parse: Callable[[str], Any]
    descending: bool = True
    upcoming: bool = False


CREATED = RunOrder("created", "Last created first", "id", UUID)
CREATED_ASC = RunOrder("created-asc", "First created first", "id", UUID, descending=False)
# Each has an index, so names and durations are not among them.
FLOW_RUN_ORDERS = (
    RunOrder("upcoming", "Upcoming on top", "started", exact_time, upcoming=True),
    RunOrder("start", "Latest start first", "started", exact_time),
    RunOrder("start-asc", "Earliest start first", "started", exact_time, descending=False),
    CREATED,
    CREATED_ASC,
)
TASK_RUN_ORDERS = (CREATED, CREATED_ASC)


def read_order(params: QueryDict, orders: tuple[RunOrder, ...]) -> tuple[RunOrder, tuple[str, ...]]:
    """Return the order that the query string names, or the first one, and the name if it is unknown."""
    key = params.get("sort", "").lower()
    order = next((order for order in orders if order.key == key), None)
    if order is not None or not key:
        return order or orders[0], ()
    return orders[0], (f"sort={key[:40]}",)
