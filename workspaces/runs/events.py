"""The event of a flow run that enters a state. It has the state's id and timestamp.

See docs/contract/events.md, "Flow-run state events".
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from workspaces.events.models import Event
from workspaces.runs.models import FlowRun
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.run_origin import deployment_of, queue_of
from workspaces.runs.states import PAUSED

_LONGEST_GAP = timedelta(minutes=5)
_MESSAGE_LENGTH = 100_000


def flow_run_state_event(run: FlowRun, previous: RunState | None, state: RunState) -> Event:
    """Return the event of a run that has gone from the previous state to `state`. The run's columns must be updated."""
    follows = previous is not None and state.timestamp - previous.timestamp < _LONGEST_GAP
    return Event(
        id=state.id,
        workspace_id=run.workspace_id,
        occurred=state.timestamp,
        received=timezone.now(),
        event=f"prefect.flow-run.{state.name}"[:1024],
        resource_id=f"prefect.flow-run.{run.id}",
        resource={
            "prefect.resource.id": f"prefect.flow-run.{run.id}",
            "prefect.resource.name": run.name,
            "prefect.run-count": str(run.run_count),
            "prefect.state-message": (state.message or "")[:_MESSAGE_LENGTH],
            "prefect.state-name": state.name,
            "prefect.state-timestamp": state.timestamp.isoformat(),
            "prefect.state-type": state.type,
        },
        related=_related(run),
        payload={
            "intended": {"from": previous.type if previous else None, "to": state.type},
            "initial_state": _state_payload(previous),
            "validated_state": _state_payload(state),
        },
        follows=previous.id if previous and follows else None,
    )


def _related(run: FlowRun) -> list[dict[str, str]]:
    related = [_resource("flow", run.flow_id, run.flow.name)]
    tags = set(run.tags) | set(run.flow.tags)
    if (deployment := deployment_of(run)) is not None:
        related.append(_resource("deployment", deployment.id, deployment.name))
        tags |= set(deployment.tags)
    if (queue := queue_of(run)) is not None:
        pool = queue.work_pool
        related.append(_resource("work-queue", queue.id, queue.name))
        related.append(_resource("work-pool", pool.id, pool.name) | {"prefect.work-pool.type": pool.type})
    if (parent := run.parent_task_run) is not None:
        related.append(_resource("task-run", parent.id, parent.name))
        tags |= set(parent.tags)
    related += [{"prefect.resource.id": f"prefect.tag.{tag}", "prefect.resource.role": "tag"} for tag in sorted(tags)]
    return related


def _resource(kind: str, row_id: Any, name: str) -> dict[str, str]:
    return {
        "prefect.resource.id": f"prefect.{kind}.{row_id}",
        "prefect.resource.role": kind,
        "prefect.resource.name": name,
    }


def _state_payload(state: RunState | None) -> dict[str, str] | None:
    if state is None:
        return None
    payload = {"type": state.type, "name": state.name, "message": (state.message or "")[:_MESSAGE_LENGTH]}
    if state.type == PAUSED:
        payload["pause_reschedule"] = str(state.details["pause_reschedule"]).lower()
    return payload
