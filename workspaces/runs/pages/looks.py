"""How a state looks on a page. Ten looks: one per type of state, and Late, which is a scheduled run nobody took."""

from collections.abc import Iterable

from django.db.models import Q

from workspaces.runs import states

LATE = "late"
# In the order in which they are stacked in a chart: trouble stands on the base line, where it can be compared.
LOOKS = (
    "failed",
    "crashed",
    "cancelled",
    "cancelling",
    LATE,
    "paused",
    "scheduled",
    "pending",
    "running",
    "completed",
)
GROUPS: dict[str, tuple[str, ...]] = {
    "Failed or crashed": ("failed", "crashed"),
    "Running or pending": ("running", "pending", "cancelling", "paused"),
    "Completed": ("completed",),
    "Late or scheduled": ("late", "scheduled"),
    "Cancelled": ("cancelled",),
}

_IS_LATE = Q(state_type=states.SCHEDULED, state_name="Late")


def look_of(state_type: str | None, state_name: str | None) -> str:
    """A run without any state looks pending: it has begun nothing yet."""
    if state_type == states.SCHEDULED and state_name == "Late":
        return LATE
    return (state_type or states.PENDING).lower()


def in_looks(looks: Iterable[str]) -> Q:
    """The runs that have one of the looks."""
    found = Q(pk__in=[])
    for look in looks:
        if look == LATE:
            found |= _IS_LATE
        elif look == "scheduled":
            found |= Q(state_type=states.SCHEDULED) & ~Q(state_name="Late")
        elif look == "pending":
            found |= Q(state_type=states.PENDING) | Q(state_type=None)
        else:
            found |= Q(state_type=look.upper())
    return found
