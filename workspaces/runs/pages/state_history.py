"""The states of a run in order, each with how long it lasted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from django.utils import timezone

from workspaces.runs.models import FlowRunState, TaskRunState
from workspaces.runs.pages.display_state import display_state
from workspaces.runs.states import TERMINAL


@dataclass(frozen=True, slots=True)
class Step:
    """A state that a run was in. `lasted` is None for the state that ended the run."""

    state: FlowRunState | TaskRunState
    display_state: str
    lasted: timedelta | None


def state_history(states: Sequence[FlowRunState | TaskRunState]) -> list[Step]:
    """Return the states, which are given oldest first, newest first. A current state lasts until now."""
    now = timezone.now()
    steps = []
    for state, following in zip_longest(states, states[1:]):
        if following:
            end: datetime | None = following.timestamp
        else:
            end = None if state.type in TERMINAL else now
        steps.append(Step(state, display_state(state.type, state.name), end - state.timestamp if end else None))
    return steps[::-1]
