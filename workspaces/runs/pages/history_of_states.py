"""The states of a run in order, each with how long it lasted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from django.utils import timezone

from workspaces.runs import states as vocabulary
from workspaces.runs.models import FlowRunState, TaskRunState
from workspaces.runs.pages.looks import look_of


@dataclass(frozen=True, slots=True)
class Step:
    state: FlowRunState | TaskRunState
    look: str
    lasted: timedelta | None


def steps(states: Sequence[FlowRunState | TaskRunState], ended: datetime | None) -> list[Step]:
    """Newest first. The last state lasts until now, unless it ended the run."""
    now = timezone.now()
    found = []
    for state, following in zip_longest(states, states[1:]):
        if following:
            until: datetime | None = following.timestamp
        else:
            until = None if state.type in vocabulary.TERMINAL else now
        found.append(Step(state, look_of(state.type, state.name), until - state.timestamp if until else None))
    return found[::-1]
