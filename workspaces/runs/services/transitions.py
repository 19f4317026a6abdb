"""The one gate through which a flow run changes its state.

Rows are locked FOR NO KEY UPDATE: a task run that is being inserted may check its foreign key meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from auditlog.statements import Prepared, all_columns, ask_both, insert, load, together, update
from workspaces.audit import record_in
from workspaces.events.services import store_event
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.events import flow_run_state_event
from workspaces.runs.models import FlowRun, FlowRunState
from workspaces.runs.orchestration import bookkeeping
from workspaces.runs.orchestration.flow_rules import CORE, MINIMAL
from workspaces.runs.orchestration.run_state import RunState, proposed_state, row_state
from workspaces.runs.orchestration.transition import ABORT, ACCEPT, REJECT, WAIT, Transition, put_through
from workspaces.runs.schemas import StateCreate
from workspaces.runs.services.mirror import mirror_on_parent
from workspaces.runs.states import RUNNING, TERMINAL

_STATE_COLUMNS = len(all_columns(FlowRunState))
_lock = Prepared(
    lambda run, workspace: (
        FlowRun.objects.select_for_update(no_key=True)
        .filter(id=run, workspace=workspace)
        .values_list(*all_columns(FlowRun))
    )
)
_beside = Prepared(
    lambda run: FlowRun.objects.filter(id=run).values_list(
        *(f"state__{column}" for column in all_columns(FlowRunState)),
        *(f"flow__{column}" for column in all_columns(Flow)),
    )
)
_MOVED = ("state", "empirical_policy", *bookkeeping.COLUMNS)
_DETAILS = {ACCEPT: "accept_details", REJECT: "reject_details", ABORT: "abort_details", WAIT: "wait_details"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a proposal. `state` is the run's state now, `stored` whether this request made it."""

    status: str
    reason: str | None
    delay: int
    state: RunState | None
    stored: bool

    @property
    def details(self) -> dict[str, Any]:
        details: dict[str, Any] = {"type": _DETAILS[self.status]}
        if self.status == WAIT:
            details["delay_seconds"] = self.delay
        if self.status != ACCEPT:
            details["reason"] = self.reason
        return details


@transaction.atomic
def set_flow_run_state(
    workspace: Workspace, run_id: UUID, wanted: StateCreate, *, actor: Actor, force: bool = False
) -> Outcome | None:
    """Propose a state for a run, whose row is locked meanwhile. None when the workspace has no such run."""
    run = locked_run(workspace, run_id)
    if run is None:
        return None
    now = timezone.now()
    current = row_state(run.state) if run.state else None
    return transition(workspace, run, current, proposed_state(wanted, now), now, actor=actor, force=force)


def locked_run(workspace: Workspace, run_id: UUID) -> FlowRun | None:
    """The run with its state, flow and parent at hand, and nobody else moving it until the transaction ends."""
    # In this order: the second query sees what the one who had the lock before has left.
    rows, beside = ask_both(_lock, [run_id, workspace.id], _beside, [run_id])
    if not rows:
        return None
    run: FlowRun = load(FlowRun, rows[0])
    run.state = load(FlowRunState, beside[0][:_STATE_COLUMNS]) if run.state_id else None
    run.flow = load(Flow, beside[0][_STATE_COLUMNS:])
    return run


def transition(
    workspace: Workspace,
    run: FlowRun,
    current: RunState | None,
    proposed: RunState,
    now: datetime,
    *,
    actor: Actor,
    force: bool = False,
) -> Outcome:
    """Put a locked run through the rules and store what comes out."""
    move = Transition(
        current=current,
        proposed=proposed,
        now=now,
        policy=dict(run.empirical_policy),
        run_count=run.run_count,
        has_deployment=run.deployment_id is not None,
        is_subflow=run.parent_task_run_id is not None,
        infrastructure_pid=run.infrastructure_pid,
    )
    put_through(move, MINIMAL if force else CORE)
    state = move.proposed
    if state is None:
        move.settle()
        if move.policy != run.empirical_policy:
            run.empirical_policy = move.policy
            with together():
                update(run, ("empirical_policy",))
                record_in(
                    workspace, "flow-run.updated", actor=actor, object_id=run.id, object_name=run.name,
                    fields=["empirical_policy"],
                )  # fmt: skip
        return Outcome(move.status, move.reason, move.delay, current, stored=False)
    run.empirical_policy = move.policy
    with together():
        store_state(run, current, state, settle=move.settle)
        record_in(
            workspace,
            "flow-run.state-set",
            actor=actor,
            object_id=run.id,
            object_name=run.name,
            state={"from": current.name if current else None, "to": state.name},
        )
    return Outcome(move.status, move.reason, move.delay, state, stored=True)


def store_state(
    run: FlowRun, current: RunState | None, state: RunState, *, settle: Callable[[], None] = lambda: None
) -> None:
    """Make `state` the current one of a locked run: its row, the run's columns, the event, the parent's copy.

    `settle` has the last word on the run's policy. A run that is not stored yet is stored with its state.
    """
    state.timestamp = bookkeeping.after_current(current, state.timestamp)
    state.details["flow_run_id"] = str(run.id)
    state.details["task_run_id"] = str(run.parent_task_run_id) if run.parent_task_run_id else None
    bookkeeping.enter(run, current, state, counts=not run.empirical_policy.get("resuming"))
    if state.type in TERMINAL | {RUNNING}:
        run.empirical_policy["resuming"] = False
    settle()
    stored = FlowRunState(
        id=state.id,
        workspace_id=run.workspace_id,
        flow_run=run,
        type=state.type,
        name=state.name,
        timestamp=state.timestamp,
        message=state.message,
        state_details=state.details,
        data=state.kept_data,
    )
    run.state = stored
    if run._state.adding:
        insert(run)
    else:
        update(run, _MOVED)
    insert(stored)
    store_event(flow_run_state_event(run, current, state))
    mirror_on_parent(run, state)
