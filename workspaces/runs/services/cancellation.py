"""Cancel flow runs together with their child runs, and end cancellations that no process confirms.

Each run changes in a transaction of its own, so that a run with many children does not lock them all at once. If the
server stops in between, the other children keep their state, and can be cancelled on their own pages.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.runs.orchestration.run_state import proposed_state, stored_state
from workspaces.runs.schemas import StateCreate
from workspaces.runs.services.transitions import Outcome, lock_run, propose_state, set_flow_run_state
from workspaces.runs.states import CANCELLED, CANCELLING, PAUSED, TERMINAL

GONE = "It no longer exists."
MOST_CHILDREN = 200
_MARKED = "Marked as cancelled by hand."


@dataclass(frozen=True, slots=True)
class CancellationResult:
    """The result for one run: the name of its new state, or the reason why it was refused.

    `children` is the number of child runs that were changed as well. `children_left` means that there are more than
    `MOST_CHILDREN`, and the others were not changed.
    """

    new_state: str = ""
    refusal: str = ""
    children: int = 0
    children_left: bool = False


def cancel_run(workspace: Workspace, run: FlowRun, *, actor: Actor) -> CancellationResult:
    """Ask a run, then its child runs, to stop. Child runs are left alone if the run itself cannot be cancelled."""
    outcome = set_flow_run_state(workspace, run.id, StateCreate(type=CANCELLING), actor=actor)
    if outcome is None or not outcome.stored or outcome.state is None:
        return CancellationResult(refusal=_refusal(outcome))
    children, left = unfinished_children(workspace, run)
    changed = sum(_ask_to_stop(workspace, child.id, actor) for child in children)
    return CancellationResult(outcome.state.name, children=changed, children_left=left)


def mark_run_cancelled(workspace: Workspace, run: FlowRun, *, actor: Actor) -> CancellationResult:
    """Mark a run, then those of its child runs that are being cancelled, as cancelled."""
    children, left = unfinished_children(workspace, run)
    if refusal := _mark(workspace, run.id, actor):
        return CancellationResult(refusal=refusal)
    marked = sum(not _mark(workspace, child.id, actor) for child in children)
    return CancellationResult("Cancelled", children=marked, children_left=left)


def unfinished_children(workspace: Workspace, run: FlowRun) -> tuple[list[FlowRun], bool]:
    """Return the unfinished child runs on all levels, up to a limit, and whether there are more."""
    found: dict[UUID, FlowRun] = {}
    level = [run.id]
    while level and len(found) <= MOST_CHILDREN:
        children = workspace.flowruns.filter(parent_task_run__flow_run__in=level).exclude(state_type__in=TERMINAL)
        # A task run can be moved below its own child run, so runs that were found before are left out.
        new = children.exclude(id__in=[run.id, *found]).order_by("id").only("id", "workspace_id", "state_type")
        by_id = {child.id: child for child in new[: MOST_CHILDREN + 1]}
        found |= by_id
        level = list(by_id)
    return list(found.values())[:MOST_CHILDREN], len(found) > MOST_CHILDREN


def _ask_to_stop(workspace: Workspace, run_id: UUID, actor: Actor) -> bool:
    """Ask a child run to stop. Returns whether its state changed: it may have ended, or be asked or paused already."""
    outcome = set_flow_run_state(workspace, run_id, StateCreate(type=CANCELLING), actor=actor)
    return outcome is not None and outcome.stored


@transaction.atomic
def _mark(workspace: Workspace, run_id: UUID, actor: Actor) -> str:
    """Set the state of a run that is being cancelled to Cancelled. Returns why not, or an empty string."""
    run = lock_run(workspace, run_id)
    if run is None or run.state is None:
        return GONE
    if run.state_type != CANCELLING:
        return f"It is not being cancelled: it is {run.state_name}."
    now = timezone.now()
    proposed = proposed_state(StateCreate(type=CANCELLED, message=_MARKED), now)
    outcome = propose_state(workspace, run, stored_state(run.state), proposed, now, actor=actor)
    return "" if outcome.stored else outcome.reason or "It could not be marked."


def _refusal(outcome: Outcome | None) -> str:
    """Return why a run could not be cancelled, as a sentence."""
    if outcome is None:
        return GONE
    state = outcome.state
    if state is not None and state.type in TERMINAL:
        return f"It has already ended: it is {state.name}."
    if state is not None and state.type == CANCELLING:
        return "It is already being cancelled."
    if state is not None and state.type == PAUSED:
        return "It is paused. Resume it first, then cancel it."
    return outcome.reason or "It could not be cancelled."
