"""Derive the columns of a run from the states that it has entered by now."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from workspaces.runs.models.runs import Run
from workspaces.runs.states import RUNNING, SCHEDULED, TERMINAL, default_name


@dataclass(frozen=True)
class TimelineEntry:
    """A state that a run enters, with the time. `named` replaces the default name of the state."""

    at: datetime
    type: str
    named: str = ""
    message: str | None = None
    scheduled_for: datetime | None = None

    @property
    def name(self) -> str:
        return self.named or default_name(self.type)

    @property
    def details(self) -> dict[str, str]:
        return {"scheduled_time": self.scheduled_for.isoformat()} if self.scheduled_for else {}


def past_entries(now: datetime, timeline: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """Return the entries in the past, so that a run that ends in the future is still running."""
    return [entry for entry in timeline if entry.at <= now]


def set_columns(run: Run, timeline: Sequence[TimelineEntry]) -> None:
    """Set the columns that follow from the states (docs/contract/runs.md, "Derived values")."""
    first, last = timeline[0], timeline[-1]
    running = [entry for entry in timeline if entry.type == RUNNING]
    run.state_type, run.state_name, run.state_timestamp = last.type, last.name, last.at
    run.created, run.updated = first.at, last.at
    run.run_count = len(running)
    run.expected_start_time = first.scheduled_for or first.at
    run.next_scheduled_start_time = last.scheduled_for if last.type == SCHEDULED else None
    run.start_time = running[0].at if running else None
    run.end_time = last.at if last.type in TERMINAL else None
    run.total_run_time = sum(
        (after.at - before.at for before, after in pairwise(timeline) if before.type == RUNNING),
        timedelta(),
    )


def id_at(when: datetime, rng: random.Random) -> UUID:
    """Return a UUIDv7 of that time, so that sorting by id sorts by time."""
    milliseconds = int(when.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62))
