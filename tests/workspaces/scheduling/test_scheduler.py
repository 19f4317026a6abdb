from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.cast import Person
from tests.workspaces.deployments.stage import call, create
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.events.models import Event
from workspaces.runs.models import FlowRun
from workspaces.runs.orchestration.run_state import RunState
from workspaces.scheduling import scheduler
from workspaces.scheduling.scheduled_runs import insert_scheduled_runs
from workspaces.scheduling.scheduler import schedule_runs

pytestmark = pytest.mark.django_db

HOURLY = {"interval": 3600.0, "anchor_date": "2026-01-01T00:00:00Z", "timezone": "America/New_York"}


def scheduled(person: Person, schedule: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return create(person, schedules=[{"schedule": schedule, "active": True, **fields}])


def runs(person: Person) -> list[FlowRun]:
    return list(FlowRun.objects.filter(workspace=person.workspace).order_by("next_scheduled_start_time"))


def test_a_run_of_a_schedule_is_what_the_prefect_server_makes_of_it(owner: Person) -> None:
    made = scheduled(owner, HOURLY, slug="hourly", parameters={"b": 2})
    Deployment.objects.update(parameters={"a": 1, "b": 1}, tags=["nightly"], version="1.2", labels={"team": "data"})
    events = Event.objects.count()
    schedule_runs()
    run = runs(owner)[0]
    row = DeploymentSchedule.objects.get()
    assert run.next_scheduled_start_time is not None
    local = run.next_scheduled_start_time.astimezone(ZoneInfo("America/New_York"))
    assert len(runs(owner)) == 3
    assert run.state is not None
    assert (run.state.type, run.state.name, run.state.message) == ("SCHEDULED", "Scheduled", "Flow run scheduled")
    assert (run.state_type, run.state_name, run.auto_scheduled) == ("SCHEDULED", "Scheduled", True)
    assert (
        run.expected_start_time
        == run.next_scheduled_start_time
        == run.state.timestamp.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    )
    assert run.tags == ["auto-scheduled", "nightly"]
    assert run.parameters == {"a": 1, "b": 2}
    assert run.labels == {"team": "data", "prefect.flow.id": made["flow_id"], "prefect.deployment.id": made["id"]}
    assert (run.deployment_version, run.job_variables) == ("1.2", {})
    assert run.created_by == {"id": str(row.id), "type": "SCHEDULE", "display_value": "hourly"}
    offset = f"{local:%z}"
    date = f"{local:%Y-%m-%d %H}:00:00{offset[:3]}:{offset[3:]}"
    assert run.idempotency_key == f"scheduled {made['id']} {row.id} {date}"
    assert Event.objects.count() == events


def test_a_schedule_is_left_alone_until_it_needs_runs(owner: Person) -> None:
    scheduled(owner, HOURLY)
    assert schedule_runs() == 1
    assert schedule_runs() == 0
    planned = [run.next_scheduled_start_time for run in runs(owner)]
    assert DeploymentSchedule.objects.get().look_at == planned[0]
    DeploymentSchedule.objects.update(look_at=None)
    assert schedule_runs() == 1
    assert [run.next_scheduled_start_time for run in runs(owner)] == planned


def test_minutely_runs_cover_an_hour(owner: Person) -> None:
    scheduled(owner, {"cron": "* * * * *", "timezone": "UTC"})
    schedule_runs()
    assert len(runs(owner)) in {60, 61}


@pytest.mark.parametrize("paused", [{"paused": True}, {"disabled": True}])
def test_a_paused_deployment_gets_no_runs(owner: Person, paused: dict[str, bool]) -> None:
    scheduled(owner, HOURLY)
    Deployment.objects.update(**paused)
    assert schedule_runs() == 0
    assert runs(owner) == []


def test_an_inactive_schedule_gets_no_runs(owner: Person) -> None:
    scheduled(owner, HOURLY)
    DeploymentSchedule.objects.update(active=False)
    schedule_runs()
    assert runs(owner) == []


def test_one_bad_schedule_does_not_hold_up_the_others(owner: Person, stranger: Person) -> None:
    scheduled(stranger, HOURLY)
    DeploymentSchedule.objects.update(schedule={"cron": "no cron line"})
    scheduled(owner, HOURLY)
    schedule_runs()
    assert (len(runs(owner)), len(runs(stranger))) == (3, 0)
    assert schedule_runs() == 0


def test_runs_that_cannot_be_stored_do_not_hold_up_others(
    owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = scheduled(stranger, HOURLY)["id"]
    scheduled(owner, HOURLY)

    def insert(runs: Sequence[tuple[FlowRun, RunState]]) -> int:
        if any(str(run.deployment_id) == bad for run, _ in runs):
            raise ValueError("a value that the database refuses")
        return insert_scheduled_runs(runs)

    monkeypatch.setattr(scheduler, "insert_scheduled_runs", insert)
    assert schedule_runs() == 1
    assert (len(runs(owner)), len(runs(stranger))) == (3, 0)
    assert schedule_runs() == 0


def test_runs_with_large_parameters_are_created_little_by_little(owner: Person, stranger: Person) -> None:
    for number in range(3):
        create(
            stranger,
            f"large-{number}",
            parameters={"x": "x" * 500_000},
            schedules=[{"schedule": {"interval": 1.0}, "parameters": {"y": "y" * 500_000}}],
        )
    scheduled(owner, HOURLY)
    assert schedule_runs() == 4
    assert (len(runs(owner)), len(runs(stranger))) == (3, 9)
    DeploymentSchedule.objects.update(look_at=None)
    Deployment.objects.update(tags=["x" * 1_000_000, "y" * 1_000_000])
    FlowRun.objects.all().delete()
    assert schedule_runs() == 2
    assert (len(runs(owner)), len(runs(stranger))) == (3, 3)


def test_each_workspace_gets_its_share(owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        create(stranger, f"greedy-{number}", schedules=[{"schedule": HOURLY}])
    scheduled(owner, HOURLY)
    monkeypatch.setattr(scheduler, "MOST_SCHEDULES", 4)
    schedule_runs()
    assert (len(runs(owner)), len(runs(stranger))) == (3, 9)


def test_a_request_creates_runs_of_the_past_too(owner: Person, stranger: Person) -> None:
    made = scheduled(owner, HOURLY)
    start = timezone.now() - timedelta(days=1)
    body = {"start_time": start.isoformat(), "end_time": timezone.now().isoformat(), "min_runs": 5, "min_time": 60}
    assert call(stranger, "post", f"{made['id']}/schedule", body) == (200, None)
    assert runs(owner) == []
    assert call(owner, "post", f"{made['id']}/schedule", body) == (200, None)
    assert call(owner, "post", f"{made['id']}/schedule", body) == (200, None)
    assert [run.state_name for run in runs(owner)] == ["Scheduled"] * 5
    for wrong in ({"min_runs": -1}, {"start_time": "9999-12-31T00:00:00Z"}):
        assert call(owner, "post", f"{made['id']}/schedule", wrong)[0] == 422
