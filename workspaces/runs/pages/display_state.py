"""The ten states that pages distinguish: one for each type of state, and "late" for scheduled runs named Late."""

from collections.abc import Iterable

from django.db.models import Q

from workspaces.runs import states

LATE = "late"
# In the order in which charts stack them: failures are at the bottom, where heights are easy to compare.
DISPLAY_STATES = (
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

_LATE_NAME = "Late"


def display_state(state_type: str | None, state_name: str | None) -> str:
    """Return one of `DISPLAY_STATES`. A run without a state is shown as pending."""
    if state_type == states.SCHEDULED and state_name == _LATE_NAME:
        return LATE
    return (state_type or states.PENDING).lower()


def in_display_states(display_states: Iterable[str]) -> Q:
    """Return a condition for the runs that are shown in one of these states."""
    chosen = set(display_states)
    types = [state.upper() for state in DISPLAY_STATES if state in chosen and state != LATE]
    if states.SCHEDULED in types and LATE not in chosen:
        types.remove(states.SCHEDULED)
        other = Q(state_type=states.SCHEDULED) & ~Q(state_name=_LATE_NAME)
    elif LATE in chosen and states.SCHEDULED not in types:
        other = Q(state_type=states.SCHEDULED, state_name=_LATE_NAME)
    else:
        other = Q(pk__in=[])
    if states.PENDING in types:
        other |= Q(state_type=None)
    # One condition for all types, which databases can look up in an index.
    return other | Q(state_type__in=types)
