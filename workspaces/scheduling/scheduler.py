"""Create the runs of schedules before they are due.

A schedule that has an active deployment gets runs until it has three, and one that is at least an hour away. Then
`look_at` says when this will no longer be true, so a pass reads only the schedules that need it.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from core.errors import NotFound
from core.rest.responses import json_bytes
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.deployments.schedule_dates import dates, parse_schedule
from workspaces.models import Workspace, trashed_workspaces
from workspaces.runs.models import FlowRun
from workspaces.runs.orchestration.run_state import RunState
from workspaces.scheduling.scheduled_runs import insert_scheduled_runs, scheduled_runs

logger = logging.getLogger("bailiwick.scheduler")

MOST_SCHEDULES = 400  # in a pass
MOST_OF_WORKSPACE = 40
BATCH = 20  # schedules of one transaction
_MOST_SECONDS = 0.5  # that the schedules of an account may take in a pass
# That the new runs of an account may take in a pass, and those of one schedule. Three runs are always created.
_MOST_BYTES, _MOST_OF_SCHEDULE = 8_000_000, 4_000_000
_RUN_BYTES = 4_000  # of a run with its state, without parameters, tags and labels
_LONGEST_LOOK = timedelta(days=1)
_SHORTEST_LOOK = timedelta(seconds=5)
_LOOK_AFTER_ERROR = timedelta(hours=1)

Runs = list[tuple[FlowRun, RunState]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which dates of a schedule get runs: at least `min_runs` and those within `min_time`, within the other bounds."""

    start: datetime
    end: datetime
    min_time: timedelta
    min_runs: int
    max_runs: int


@dataclass(slots=True)
class Spent:
    """What the schedules of an account have cost in a pass."""

    seconds: float = 0
    bytes: int = 0

    def all(self) -> bool:
        """Return whether the account must wait for the next pass."""
        return self.seconds > _MOST_SECONDS or self.bytes > _MOST_BYTES


def default_bounds(now: datetime) -> Bounds:
    """Return the bounds of the scheduler itself."""
    return Bounds(now, now + timedelta(days=100), timedelta(hours=1), min_runs=3, max_runs=100)


def schedule_runs() -> int:
    """Create the runs of the schedules that need some. Return how many schedules were looked at.

    Each workspace gets its share of a pass, so that none waits for the schedules of another one.
    """
    spent: dict[UUID, Spent] = defaultdict(Spent)  # by account
    looked_at = 0
    due = _due_schedules(timezone.now())
    for begin in range(0, len(due), BATCH):
        looked_at += _schedule_safely(due[begin : begin + BATCH], spent)
    return looked_at


@transaction.atomic
def schedule_deployment(workspace: Workspace, deployment_id: UUID, bounds: Bounds) -> int:
    """Create the runs of the active schedules of one deployment, paused or not. Return how many are new.

    Raises `NotFound` if the workspace has no such deployment.
    """
    deployments = Deployment.objects.select_for_update(no_key=True)
    deployment = deployments.filter(workspace=workspace, id=deployment_id).first()
    if deployment is None:
        raise NotFound("Deployment not found.")
    now, spent = timezone.now(), Spent()
    runs: Runs = []
    for row in DeploymentSchedule.objects.filter(deployment=deployment, active=True).order_by("id"):
        row.deployment = deployment
        if not spent.all():
            runs += _runs_of(row, bounds, now, spent)[: bounds.max_runs]
    return insert_scheduled_runs(runs)


def schedules_needing_runs(now: datetime) -> QuerySet[DeploymentSchedule]:
    """Return the schedules that the scheduler must look at: none of a workspace in the trash."""
    active = DeploymentSchedule.objects.filter(active=True, deployment__paused=False, deployment__disabled=False)
    due = active.filter(Q(look_at=None) | Q(look_at__lte=now))
    return due.exclude(workspace__in=trashed_workspaces())


def _due_schedules(now: datetime) -> list[UUID]:
    """Return schedules that need runs: the first of each workspace, then the second of each, and so on."""
    place = Window(RowNumber(), partition_by=F("workspace"), order_by=[F("look_at").asc(nulls_first=True), F("id")])
    due = schedules_needing_runs(now).annotate(place=place).filter(place__lte=MOST_OF_WORKSPACE)
    return list(due.order_by("place", "id").values_list("id", flat=True)[:MOST_SCHEDULES])


def _schedule_safely(ids: Sequence[UUID], spent: dict[UUID, Spent]) -> int:
    """Create the runs of these schedules. One that cannot be stored does not hold up the others."""
    try:
        return _schedule_batch(ids, spent)
    except Exception:
        if len(ids) > 1:
            return sum(_schedule_safely([schedule_id], spent) for schedule_id in ids)
        logger.exception("The runs of the schedule %s cannot be created", ids[0])
        DeploymentSchedule.objects.filter(id=ids[0]).update(look_at=timezone.now() + _LOOK_AFTER_ERROR)
        return 0


@transaction.atomic
def _schedule_batch(ids: Sequence[UUID], spent: dict[UUID, Spent]) -> int:
    """Create the runs of these schedules. Those that are locked, or were done by another process, are left out."""
    now = timezone.now()
    rows = schedules_needing_runs(now).filter(id__in=ids).select_related("deployment", "workspace")
    # The deployment is locked as well, so that no run appears after somebody has paused or changed it.
    locked = rows.select_for_update(skip_locked=True, no_key=True, of=("self", "deployment"))
    runs: Runs = []
    looked_at = []
    for row in locked.order_by("id"):
        of_account = spent[row.workspace.account_id]
        if of_account.all():
            continue
        new = _runs_of(row, default_bounds(now), now, of_account)
        row.look_at = _next_look([date for run, _ in new if (date := run.next_scheduled_start_time)], now)
        runs += new
        looked_at.append(row)
    DeploymentSchedule.objects.bulk_update(looked_at, ["look_at"])
    insert_scheduled_runs(runs)
    return len(looked_at)


def _runs_of(row: DeploymentSchedule, bounds: Bounds, now: datetime, spent: Spent) -> Runs:
    """Return the runs that the schedule needs, and add to `spent` what they cost."""
    began = time.monotonic()
    try:
        schedule = parse_schedule(row.schedule)
        found = dates(schedule, bounds.max_runs, bounds.start, bounds.end)
    except Exception:  # one schedule must not hold up those of everybody else
        logger.exception("The dates of the schedule %s cannot be computed", row.id)
        return []
    finally:
        spent.seconds += time.monotonic() - began
    planned = _enough(found, bounds)
    if not planned:
        return []
    deployment = row.deployment
    parts = [deployment.parameters, row.parameters, deployment.tags, deployment.labels]
    size = _RUN_BYTES + len(json_bytes(parts))
    planned = planned[: max(3, _MOST_OF_SCHEDULE // size)]
    spent.bytes += size * len(planned)
    return scheduled_runs(row, schedule, planned, now)


def _enough(found: list[datetime], bounds: Bounds) -> list[datetime]:
    """Return the first dates that satisfy both minimums."""
    for count, date in enumerate(found, 1):
        if count >= bounds.min_runs and date >= bounds.start + bounds.min_time:
            return found[:count]
    return found


def _next_look(planned: list[datetime], now: datetime) -> datetime:
    """Return when fewer than three of these runs, or less than an hour, will be left."""
    if not planned:
        return now + _LOOK_AFTER_ERROR
    if len(planned) < 3:
        return now + _LONGEST_LOOK
    look = min(planned[-3], planned[-1] - timedelta(hours=1), now + _LONGEST_LOOK)
    return max(look, now + _SHORTEST_LOOK)
