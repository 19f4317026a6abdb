from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from config import service_health
from config.models import TaskReport
from tests.cast import Person
from tests.workspaces.deployments.stage import DAILY, create
from workspaces.deployments.models import DeploymentSchedule
from workspaces.scheduling.scheduler import schedule_runs

pytestmark = pytest.mark.django_db


def ask() -> tuple[int, Any]:
    answer = Client().get("/api/health/services")
    return answer.status_code, answer.json()


def test_probe_names_the_services_that_do_not_run(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_health, "_STARTED", timezone.now())
    assert ask() == (200, {"late": [], "lag_seconds": 0})
    monkeypatch.setattr(service_health, "_STARTED", timezone.now() - timedelta(hours=1))
    status, body = ask()
    assert (status, "schedule_runs" in body["late"], body["lag_seconds"]) == (503, True, 0)
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        TaskReport.objects.create(name=entry["task"], succeeded_at=timezone.now())  # type: ignore[index]
    assert ask() == (200, {"late": [], "lag_seconds": 0})
    TaskReport.objects.filter(name__endswith="mark_late_runs").update(
        succeeded_at=timezone.now() - timedelta(minutes=1)
    )
    assert ask() == (503, {"late": ["mark_late_runs"], "lag_seconds": 0})


def test_lag_is_how_long_the_oldest_schedule_waits(owner: Person) -> None:
    create(owner, schedules=[{"schedule": DAILY}])
    DeploymentSchedule.objects.update(look_at=timezone.now() - timedelta(seconds=90))
    assert 90 <= ask()[1]["lag_seconds"] < 100
    schedule_runs()
    assert ask()[1]["lag_seconds"] == 0
