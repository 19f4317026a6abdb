"""From the states that a run enters to its columns: what has happened by now, and nothing of what is still to come."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from workspaces.runs.models.runs import Run
from workspaces.runs.states import RUNNING, SCHEDULED, TERMINAL, default_name


@dataclass(frozen=True)
class Moment:
    """A state that a run enters at a time."""

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


def until(now: datetime, moments: Sequence[Moment]) -> list[Moment]:
    """What is past: a run whose end lies ahead is still running."""
    return [moment for moment in moments if moment.at <= now]


def settle(run: Run, moments: Sequence[Moment]) -> None:
    """Fill the columns that follow from the states (orchestration.md 1.16)."""
    first, last = moments[0], moments[-1]
    running = [moment for moment in moments if moment.type == RUNNING]
    run.state_type, run.state_name, run.state_timestamp = last.type, last.name, last.at
    run.created, run.updated = first.at, last.at
    run.run_count = len(running)
    run.expected_start_time = first.scheduled_for or first.at
    run.next_scheduled_start_time = last.scheduled_for if last.type == SCHEDULED else None
    run.start_time = running[0].at if running else None
    run.end_time = last.at if last.type in TERMINAL else None
    run.total_run_time = sum(
        (after.at - before.at for before, after in pairwise(moments) if before.type == RUNNING),
        timedelta(),
    )


def id_at(when: datetime, chance: random.Random) -> UUID:
    """A UUIDv7 of that time, so that pages in order of ids are in order of time."""
    milliseconds = int(when.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | chance.getrandbits(12) << 64 | 2 << 62 | chance.getrandbits(62))
