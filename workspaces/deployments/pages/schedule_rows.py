"""The schedules of a deployment with their words and next dates."""

import time
from dataclasses import dataclass
from datetime import datetime

from core.errors import Invalid
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.deployments.pages.schedule_words import schedule_words
from workspaces.deployments.schedule_dates import dates, parse_schedule

_MOST_SECONDS = 1.0  # of processor time for the dates of one page, since a rule can be costly


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    schedule: DeploymentSchedule
    words: str
    next: datetime | None


def schedule_rows(deployment: Deployment, now: datetime) -> list[ScheduleRow]:
    """Return the schedules, oldest first, each with its next date if it is active and computing takes no long."""
    began = time.thread_time()
    rows = []
    for schedule in deployment.schedules.order_by("id"):
        found: list[datetime] = []
        if schedule.active and time.thread_time() - began < _MOST_SECONDS:
            found = _next_dates(schedule, now)
        rows.append(ScheduleRow(schedule, schedule_words(schedule.schedule), found[0] if found else None))
    return rows


def _next_dates(schedule: DeploymentSchedule, now: datetime) -> list[datetime]:
    try:
        return dates(parse_schedule(schedule.schedule), 1, now)
    except (ValueError, Invalid, OverflowError):
        return []
