"""The services are killed again and again at a random statement: no run is doubled, skipped or lost.

Everything that a service does is in the database. A killed process leaves what it has committed, so here a statement
raises an exception that nothing catches. More: KILLS=2000 KILL_SEED=7 pytest tests/workspaces/scheduling/test_kills.py
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection

from tests.cast import Person
from tests.workspaces.deployments.stage import create
from workspaces.deployments.models import DeploymentSchedule
from workspaces.deployments.schedule_dates import dates, parse_schedule
from workspaces.events.models import Event
from workspaces.runs.models import FlowRun, FlowRunState
from workspaces.scheduling.cancellations import finish_cancellations
from workspaces.scheduling.expired_leases import delete_expired_leases
from workspaces.scheduling.late_runs import mark_late_runs
from workspaces.scheduling.scheduler import schedule_runs

KILLS, SEED = int(os.environ.get("KILLS", "30")), int(os.environ.get("KILL_SEED", "1"))
BEGIN = datetime(2026, 3, 8, 4, 30, tzinfo=UTC)  # before the clocks of New York change
SCHEDULES: list[dict[str, Any]] = [
    {"cron": "*/10 * * * *", "timezone": "America/New_York"},
    {"interval": 420.0, "anchor_date": "2026-01-01T00:00:00Z", "timezone": "UTC"},
    {"rrule": "DTSTART:20260101T000000\nRRULE:FREQ=HOURLY", "timezone": "Europe/Berlin"},
]
SERVICES: list[Callable[[], int]] = [
    schedule_runs, schedule_runs, mark_late_runs, finish_cancellations, delete_expired_leases,
]  # fmt: skip


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_at(statement: int) -> Iterator[None]:
    """Kill whatever runs in the block at this statement, if it comes so far."""
    left = statement

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        if sql.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            left -= 1
            if left == 0:
                raise Killed
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(count):
            yield
    except Killed:
        pass


@pytest.mark.django_db
def test_no_run_is_doubled_skipped_or_lost(owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    random, now = Random(SEED), BEGIN
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    for person in (owner, stranger):
        for number, schedule in enumerate(SCHEDULES):
            create(person, f"d{number}", schedules=[{"schedule": schedule}])
    schedule_runs()
    last_pass = now
    for _ in range(KILLS):
        with killed_at(random.randint(1, 40)):
            random.choice(SERVICES)()
        # Another process looks once more, at least before the hour that the scheduler plans ahead has passed.
        if random.random() < 0.5 or now - last_pass > timedelta(minutes=40):
            schedule_runs()
            last_pass = now
        now += timedelta(minutes=random.randint(0, 10))
    schedule_runs()
    while mark_late_runs():  # a pass takes a share
        pass

    runs = FlowRun.objects.filter(auto_scheduled=True)
    for row in DeploymentSchedule.objects.all():
        found = Counter(runs.filter(deployment=row.deployment_id).values_list("expected_start_time", flat=True))
        assert set(found.values()) == {1}
        expected = dates(parse_schedule(row.schedule), None, BEGIN, now + timedelta(minutes=59))
        assert {date.astimezone(UTC) for date in expected} <= set(found)
    states = Counter(FlowRunState.objects.filter(flow_run__in=runs).values_list("flow_run", "name"))
    late = runs.filter(expected_start_time__lte=now - timedelta(seconds=15))
    assert set(states.values()) == {1}
    assert {name for _, name in states} <= {"Scheduled", "Late"}
    assert states.keys() >= {(run, "Late") for run in late.values_list("id", flat=True)}
    assert runs.count() == sum(name == "Scheduled" for _, name in states)
    assert Event.objects.filter(event="prefect.flow-run.Late").count() == late.count()
