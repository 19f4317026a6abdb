"""Waking a paused run (orchestration.md 2.9)."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from workspaces.models import Workspace
from workspaces.runs.orchestration.run_state import RunState, row_state, scheduled
from workspaces.runs.orchestration.transition import ABORT
from workspaces.runs.services.run_inputs import refuse_or_keep_input
from workspaces.runs.services.transitions import Outcome, locked_run, transition
from workspaces.runs.states import PAUSED, RUNNING


@transaction.atomic
def resume_flow_run(
    workspace: Workspace, run_id: UUID, run_input: dict[str, Any] | None, *, actor: Actor
) -> Outcome | None:
    """Propose what follows a pause, with the input that it asked for. None when the workspace has no such run."""
    run = locked_run(workspace, run_id)
    if run is None:
        return None
    now = timezone.now()
    current = row_state(run.state) if run.state else None
    if current is None or current.type != PAUSED:
        return Outcome(ABORT, "Cannot resume a flow run that is not paused.", 0, None, stored=False)
    refused = refuse_or_keep_input(workspace, run, current, run_input or {}, actor=actor)
    if refused is not None:
        return refused
    if current.details["pause_reschedule"]:
        proposed = scheduled("Resuming", now, now)
    else:
        proposed = RunState(RUNNING, "Running", now)
    return transition(workspace, run, current, proposed, now, actor=actor)
