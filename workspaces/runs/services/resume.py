"""Resume a paused flow run (docs/contract/orchestration.md, "Pausing and resuming")."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.errors import Conflict
from workspaces.models import Workspace
from workspaces.runs.orchestration.run_state import RunState, scheduled_state, stored_state
from workspaces.runs.orchestration.transition import ABORT
from workspaces.runs.services.run_inputs import CheckedInput, InputOutdated, check_input, store_input
from workspaces.runs.services.transitions import Outcome, lock_run, propose_state
from workspaces.runs.states import PAUSED, RUNNING

_ATTEMPTS = 3


def resume_flow_run(
    workspace: Workspace, run_id: UUID, run_input: dict[str, Any] | None, *, actor: Actor
) -> Outcome | None:
    """Propose the state that follows a pause, and store the input that the pause asked for.

    Returns None if the workspace has no such run. Raises `Conflict` if the run keeps changing meanwhile.
    """
    value = run_input or {}
    for _ in range(_ATTEMPTS):
        checked = check_input(workspace, run_id, value)
        with suppress(InputOutdated):
            return _resume(workspace, run_id, value, checked, actor=actor)
    raise Conflict("The flow run changes while its input is checked. Try again.")


@transaction.atomic
def _resume(
    workspace: Workspace, run_id: UUID, value: dict[str, Any], checked: CheckedInput, *, actor: Actor
) -> Outcome | None:
    run = lock_run(workspace, run_id)
    if run is None:
        return None
    now = timezone.now()
    current = stored_state(run.state) if run.state else None
    if current is None or current.type != PAUSED:
        return Outcome(ABORT, "Cannot resume a flow run that is not paused.", 0, None, stored=False)
    rejection = store_input(workspace, run, current, value, checked, actor=actor)
    if rejection is not None:
        return rejection
    if current.details["pause_reschedule"]:
        proposed = scheduled_state("Resuming", now, now)
    else:
        proposed = RunState(RUNNING, "Running", now)
    return propose_state(workspace, run, current, proposed, now, actor=actor)
