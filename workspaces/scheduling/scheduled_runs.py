"""Insert the flow runs of schedules (docs/contract/scheduling.md, "Runs of schedules")."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from core.db.ids import new_id
from workspaces.deployments.models import Deployment, DeploymentSchedule
from workspaces.deployments.schedule_dates import Schedule
from workspaces.runs.models import FlowRun, FlowRunState
from workspaces.runs.names import run_name
from workspaces.runs.orchestration.bookkeeping import enter_state
from workspaces.runs.orchestration.run_state import RunState, scheduled_state, state_columns

AUTO_SCHEDULED = "auto-scheduled"
_BATCH = 500


@transaction.atomic
def insert_scheduled_runs(runs: Sequence[tuple[FlowRun, RunState]]) -> int:
    """Insert runs with their states, except those whose idempotency key exists. Return how many are new.

    No rules apply and no event is stored, as in the Prefect server.
    """
    FlowRun.objects.bulk_create([run for run, _ in runs], batch_size=_BATCH, ignore_conflicts=True)
    ids = [run.id for run, _ in runs]
    new = {
        run_id
        for begin in range(0, len(ids), _BATCH)
        for run_id in FlowRun.objects.filter(id__in=ids[begin : begin + _BATCH]).values_list("id", flat=True)
    }
    states = [
        FlowRunState(workspace_id=run.workspace_id, flow_run_id=run.id, **state_columns(state))
        for run, state in runs
        if run.id in new
    ]
    FlowRunState.objects.bulk_create(states, batch_size=_BATCH)
    return len(new)


def scheduled_runs(
    row: DeploymentSchedule, schedule: Schedule, dates: Iterable[datetime], now: datetime
) -> list[tuple[FlowRun, RunState]]:
    """Return an unsaved run with its state for each date. The deployment must be loaded with its flow."""
    return [_run(row, schedule, date, now) for date in dates]


def _run(row: DeploymentSchedule, schedule: Schedule, date: datetime, now: datetime) -> tuple[FlowRun, RunState]:
    deployment: Deployment = row.deployment
    state = scheduled_state("Scheduled", date, now, "Flow run scheduled")
    run = FlowRun(
        id=new_id(),
        workspace_id=row.workspace_id,
        flow_id=deployment.flow_id,
        name=run_name(),
        tags=[AUTO_SCHEDULED, *(tag for tag in deployment.tags if tag != AUTO_SCHEDULED)],
        labels=_labels(deployment),
        deployment_id=deployment.id,
        deployment_version=deployment.version,
        work_queue_id=deployment.work_queue_id,
        work_queue_name=deployment.work_queue_name,
        infrastructure_document_id=deployment.infrastructure_document_id,
        parameters={**deployment.parameters, **row.parameters},
        idempotency_key=f"scheduled {deployment.id} {row.id} {date}",
        auto_scheduled=True,
        created_by={
            "id": str(row.id),
            "type": "SCHEDULE",
            "display_value": row.slug or type(schedule).__name__,
        },
        state_id=state.id,
        created=now,
        updated=now,
    )
    enter_state(run, None, state)
    state.details["flow_run_id"] = str(run.id)
    return run, state


def _labels(deployment: Deployment) -> dict[str, Any]:
    ids = {"prefect.flow.id": str(deployment.flow_id), "prefect.deployment.id": str(deployment.id)}
    return {**deployment.labels, **ids}
