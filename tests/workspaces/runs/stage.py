"""Rows of runs with times of their own choosing, as the pages find them after a while of use."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from auditlog.actors import Actor
from core.db.ids import new_id
from workspaces.deployments.models import Deployment
from workspaces.deployments.schemas import DeploymentCreate, DeploymentUpdate
from workspaces.deployments.services.deployments import create_or_update_deployment, update_deployment
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, FlowRunState, Log, TaskRun, TaskRunState
from workspaces.runs.states import TERMINAL


def id_at(moment: datetime) -> UUID:
    """An id as it would have been made at `moment`, so that newest first means the same for ids and times."""
    return UUID(f"{int(moment.timestamp() * 1000):012x}{new_id().hex[12:]}")


def flow(workspace: Workspace, name: str = "etl", *, tags: list[str] | None = None) -> Flow:
    now = timezone.now()
    return Flow.objects.create(workspace=workspace, name=name, tags=tags or [], created=now, updated=now)


def deployment(of: Flow, name: str = "nightly", **fields: Any) -> Deployment:
    now = timezone.now()
    row: Deployment = of.deployments.create(workspace=of.workspace, name=name, created=now, updated=now, **fields)
    return row


def full_deployment(of: Flow, name: str, actor: Actor) -> Deployment:
    """A deployment with two schedules, one of them active, and two versions."""
    schedule = {"cron": "0 6 * * *"}
    body = DeploymentCreate.model_validate(
        {
            "name": name,
            "flow_id": of.id,
            "description": name,
            "tags": [name],
            "parameters": {name: name},
            "schedules": [{"schedule": schedule, "slug": name}, {"schedule": schedule, "active": False}],
            "version_info": {"type": name, "version": "1"},
        }
    )
    row, _ = create_or_update_deployment(of.workspace, body, pool=None, existing=None, actor=actor)
    update = DeploymentUpdate.model_validate({"version_info": {"type": name, "version": "2"}})
    update_deployment(row, update, pool=None, actor=actor)
    row.refresh_from_db()
    return row


def flow_run(
    of: Flow,
    name: str = "jolly-fox",
    state: str = "COMPLETED",
    *,
    state_name: str = "",
    ago: timedelta = timedelta(minutes=10),
    took: timedelta = timedelta(seconds=42),
    message: str | None = None,
    **fields: Any,
) -> FlowRun:
    """A run that began `ago` and, if its state ends runs, ended after `took`."""
    start = timezone.now() - ago
    started = state not in ("SCHEDULED", "PENDING")
    end = start + took if state in TERMINAL else None
    run = FlowRun.objects.create(
        id=id_at(start),
        workspace=of.workspace,
        flow=of,
        name=name,
        state_type=state,
        state_name=state_name or state.title(),
        expected_start_time=start,
        start_time=start if started else None,
        end_time=end,
        run_count=1 if started else 0,
        total_run_time=took if end else timedelta(),
        created=start,
        updated=end or start,
        **fields,
    )
    first = [("SCHEDULED", "Scheduled"), ("PENDING", "Pending"), ("RUNNING", "Running")] if started else []
    steps = [step for step in first if step[0] != state] + [(state, state_name or state.title())]
    for place, (kind, label) in enumerate(steps):
        last = place == len(steps) - 1
        at = end if last and end else start + timedelta(milliseconds=place * 40 - 120)
        run.state = FlowRunState.objects.create(
            id=id_at(at), workspace=of.workspace, flow_run=run, type=kind, name=label, timestamp=at,
            message=message if last else None,
        )  # fmt: skip
    run.save(update_fields=["state"])
    return run


def task_run(
    run: FlowRun,
    name: str = "load-0",
    state: str = "COMPLETED",
    *,
    after: timedelta = timedelta(seconds=1),
    took: timedelta = timedelta(seconds=5),
    message: str | None = None,
    **fields: Any,
) -> TaskRun:
    start = (run.start_time or run.created) + after
    started = state not in ("SCHEDULED", "PENDING")
    end = start + took if state in TERMINAL else None
    state_id = id_at(start)
    task = TaskRun.objects.create(
        **{
            "id": id_at(start),
            "workspace": run.workspace,
            "flow_run": run,
            "name": name,
            "task_key": f"{name.rpartition('-')[0] or name}-0a1b2c3d",
            "dynamic_key": new_id().hex,
            "state_type": state,
            "state_name": state.title(),
            "expected_start_time": start,
            "start_time": start if started else None,
            "end_time": end,
            "run_count": 1 if started else 0,
            "state_id": state_id,
            "created": start,
            "updated": start,
            **fields,
        }
    )
    TaskRunState.objects.create(
        id=state_id, workspace=run.workspace, task_run=task, type=state, name=state.title(), timestamp=end or start,
        message=message,
    )  # fmt: skip
    return task


def log(
    run: FlowRun,
    message: str,
    *,
    level: int = 20,
    task: TaskRun | None = None,
    ago: float = 60,
    at: datetime | None = None,
) -> Log:
    """A line that was stored `ago` seconds ago. `at` is its timestamp, if it is another one."""
    stored = timezone.now() - timedelta(seconds=ago)
    return Log.objects.create(
        id=id_at(stored), workspace=run.workspace, flow_run_id=run.id, task_run_id=task.id if task else None,
        name="prefect.flow_runs", level=level, message=message, timestamp=at or stored, created=stored,
    )  # fmt: skip
