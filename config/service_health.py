"""Whether the background services keep up: for probes, and for the start page of the admin."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Min
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.utils import timezone
from pydantic import BaseModel
from rest_framework.request import Request

from config.models import TaskReport
from core.db import tenants
from core.rest.descriptions import describe
from core.rest.responses import Answer
from core.rest.views import PublicView
from workspaces.models import trashed_workspaces
from workspaces.scheduling.late_runs import LATE_AFTER, overdue_runs
from workspaces.scheduling.scheduler import schedules_needing_runs

_SERVICES = "workspaces.scheduling.tasks."
_REPORTED_EVERY = 15  # seconds, config/task_reports.py
_MISSED_PASSES = 3
_STARTED = timezone.now()  # of this process: a service has the usual time for its first pass after a start


class Services(BaseModel):
    late: list[str]
    lag_seconds: float


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """The services without a recent pass, and for how long the oldest schedule or overdue run has waited for one."""

    late: list[str]
    lag_seconds: float


class ServicesHealthView(PublicView):
    @describe("read_services_health", answers={200: Services, 503: Services})
    def get(self, request: Request) -> HttpResponse:
        """Tell which background services have not run lately: 200 if all have, otherwise 503."""
        health = service_health()
        body = {"late": health.late, "lag_seconds": health.lag_seconds}
        return Answer(body, status=503 if health.late else 200)


def service_health() -> ServiceHealth:
    """Return the state of the services, which work for all workspaces."""
    now = timezone.now()
    done = dict(TaskReport.objects.filter(name__startswith=_SERVICES).values_list("name", "succeeded_at"))
    entries: list[dict[str, Any]] = list(settings.CELERY_BEAT_SCHEDULE.values())  # type: ignore[arg-type]
    late = [
        entry["task"].removeprefix(_SERVICES)
        for entry in entries
        if entry["task"].startswith(_SERVICES) and _is_late(done.get(entry["task"]), entry["schedule"], now)
    ]
    return ServiceHealth(late, _lag(now))


def _is_late(last: datetime | None, period: float, now: datetime) -> bool:
    since = max(last or _STARTED, _STARTED)
    return now - since > timedelta(seconds=_MISSED_PASSES * max(period, _REPORTED_EVERY))


def _lag(now: datetime) -> float:
    """Return for how many seconds the oldest due schedule or overdue run has waited, or 0."""
    with tenants.reaching_all():  # two times are read, and no row leaves this function
        waiting_since = [
            schedules_needing_runs(now).aggregate(since=Min(Coalesce("look_at", "updated")))["since"],
            overdue_runs(now)
            .exclude(workspace__in=trashed_workspaces())
            .aggregate(since=Min("next_scheduled_start_time"))["since"],
        ]
    waiting_since[1] = waiting_since[1] and waiting_since[1] + LATE_AFTER
    return max(((now - since).total_seconds() for since in waiting_since if since), default=0.0)
