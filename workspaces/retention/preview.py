"""Count what a retention would remove, by day, before it is chosen."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from orgs.plans import Retention
from workspaces.models import Workspace
from workspaces.retention.holds import is_held
from workspaces.retention.rules import cutoff, old_events, old_runs, old_task_runs
from workspaces.runs.models import Log, TaskRun

DayCounts = dict[date, int]


@dataclass(frozen=True, slots=True)
class Removal:
    """How many rows would be removed, by kind and by the day (UTC) that counts for them."""

    runs: DayCounts = field(default_factory=dict)  # flow runs, by the day on which they ended
    task_runs: DayCounts = field(default_factory=dict)  # by the day on which their flow run ended
    events: DayCounts = field(default_factory=dict)
    logs: DayCounts = field(default_factory=dict)  # old ones, and those of the runs
    artifacts: DayCounts = field(default_factory=dict)

    @property
    def totals(self) -> dict[str, int]:
        return {kind: sum(getattr(self, kind).values()) for kind in self.__slots__}

    @property
    def total(self) -> int:
        return sum(self.totals.values())


def rows_to_remove(workspace: Workspace, retention: Retention, *, now: datetime | None = None) -> Removal:
    """Return what these days would remove from a workspace: exactly the rows that pruning removes.

    Returns zeros for a workspace on legal hold, of which nothing is removed.
    """
    if is_held(workspace):
        return Removal()
    now = now or timezone.now()
    runs_before, logs_before = cutoff(now, retention.runs), cutoff(now, retention.logs)
    events_before = cutoff(now, retention.events)
    removal = Removal(
        runs=_by_day(old_runs(workspace.id, runs_before), "end_time") if runs_before else {},
        task_runs=_task_runs(workspace.id, runs_before) if runs_before else {},
        events=_by_day(old_events(workspace.id, events_before), "occurred") if events_before else {},
    )
    removal.logs.update(_logs(workspace.id, logs_before, runs_before))
    return removal


def _task_runs(workspace_id: UUID, before: datetime) -> DayCounts:
    runs = old_runs(workspace_id, before).order_by().values("id")
    inside = _by_day(TaskRun.objects.filter(workspace=workspace_id, flow_run__in=runs), "flow_run__end_time")
    alone = _by_day(old_task_runs(workspace_id, before), "end_time")
    return dict(Counter(inside) + Counter(alone))


def _logs(workspace_id: UUID, before: datetime | None, runs_before: datetime | None) -> DayCounts:
    which = Q()
    if before is not None:
        which |= Q(timestamp__lt=before)
    if runs_before is not None:
        runs = old_runs(workspace_id, runs_before).order_by().values("id")
        tasks = TaskRun.objects.filter(workspace=workspace_id, flow_run__in=runs).values("id")
        alone = old_task_runs(workspace_id, runs_before).order_by().values("id")
        which |= Q(flow_run_id__in=runs) | Q(task_run_id__in=tasks) | Q(task_run_id__in=alone)
    if not which:
        return {}
    return _by_day(Log.objects.filter(which, workspace=workspace_id), "timestamp")


def _by_day(rows: QuerySet[Any], column: str) -> DayCounts:
    days = rows.order_by().annotate(day=TruncDate(column, tzinfo=UTC)).values("day")
    return dict(days.annotate(number=Count("pk")).order_by("day").values_list("day", "number"))
