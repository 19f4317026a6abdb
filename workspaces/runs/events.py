"""The event of a flow run's state (orchestration.md 7.8). Its id is the state's id, its time the state's time."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from workspaces.events.models import Event
from workspaces.runs.models import FlowRun
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.states import PAUSED

_FOLLOWS_WITHIN = timedelta(minutes=5)
_MESSAGE = 100_000


def flow_run_state_event(run: FlowRun, before: RunState | None, state: RunState) -> Event:
    """`run` has moved already: its counts are those of the new state."""
    follows = before is not None and state.timestamp - before.timestamp < _FOLLOWS_WITHIN
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
            "prefect.state-message": (state.message or "")[:_MESSAGE],
            "prefect.state-name": state.name,
            "prefect.state-timestamp": state.timestamp.isoformat(),
            "prefect.state-type": state.type,
        },
        related=_related(run),
        payload={
            "intended": {"from": before.type if before else None, "to": state.type},
            "initial_state": _payload(before),
            "validated_state": _payload(state),
        },
        follows=before.id if before and follows else None,
    )


def _related(run: FlowRun) -> list[dict[str, str]]:
    related = [_resource("flow", run.flow_id, run.flow.name)]
    tags = set(run.tags) | set(run.flow.tags)
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


def _payload(state: RunState | None) -> dict[str, str] | None:
    if state is None:
        return None
    payload = {"type": state.type, "name": state.name, "message": (state.message or "")[:_MESSAGE]}
    if state.type == PAUSED:
        payload["pause_reschedule"] = str(state.details["pause_reschedule"]).lower()
    return payload
