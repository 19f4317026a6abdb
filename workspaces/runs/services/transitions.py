"""Change the state of a flow run. All changes go through this module.

Rows are locked FOR NO KEY UPDATE, so that task runs of the flow run can be inserted meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.db.statements import Prepared, all_columns, fetch_both, insert, load, pipelined, update
from workspaces.audit import record_in
from workspaces.events.services import store_event
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.run_keys.services import end_run_keys
from workspaces.runs import run_origin
from workspaces.runs.events import flow_run_state_event
from workspaces.runs.models import FlowRun, FlowRunState
from workspaces.runs.orchestration import bookkeeping
from workspaces.runs.orchestration.flow_rules import CORE, MINIMAL
from workspaces.runs.orchestration.run_state import RunState, proposed_state, state_columns, stored_state
from workspaces.runs.orchestration.slots import ClientVersion
from workspaces.runs.orchestration.transition import ABORT, ACCEPT, REJECT, WAIT, Rule, Transition, apply_rules
from workspaces.runs.schemas import StateCreate
from workspaces.runs.services.deployment_slots import follow_state, slots_of
from workspaces.runs.services.mirror import mirror_on_parent
from workspaces.runs.states import CANCELLED, CANCELLING, RUNNING, TERMINAL

_STATE_FIELDS = len(all_columns(FlowRunState))
_locked_run = Prepared(
    lambda run, workspace: (
        FlowRun.objects.select_for_update(no_key=True)
        .filter(id=run, workspace=workspace)
        .values_list(*all_columns(FlowRun))
    )
)
_state_and_flow = Prepared(
    lambda run: FlowRun.objects.filter(id=run).values_list(
        *(f"state__{column}" for column in all_columns(FlowRunState)),
        *(f"flow__{column}" for column in all_columns(Flow)),
    )
)
_CHANGED_COLUMNS = ("state", "empirical_policy", *bookkeeping.COLUMNS)  # of a run by every stored state
_AUDITED = {CANCELLING, CANCELLED}  # somebody decided them; the other states say how the run goes
_DETAILS_TYPES = {ACCEPT: "accept_details", REJECT: "reject_details", ABORT: "abort_details", WAIT: "wait_details"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of proposing a state."""

    status: str  # ACCEPT, REJECT, ABORT or WAIT
    reason: str | None  # why the proposed state was not accepted
    delay: int  # seconds after which to ask again, for WAIT
    state: RunState | None  # the run's state now
    stored: bool  # whether this request stored it

    @property
    def details(self) -> dict[str, Any]:
        """The details of the answer (docs/contract/orchestration.md, "Setting a state")."""
        details: dict[str, Any] = {"type": _DETAILS_TYPES[self.status]}
        if self.status == WAIT:
            details["delay_seconds"] = self.delay
        if self.status != ACCEPT:
            details["reason"] = self.reason
        return details


@transaction.atomic
def set_flow_run_state(
    workspace: Workspace,
    run_id: UUID,
    body: StateCreate,
    *,
    actor: Actor,
    force: bool = False,
    client: ClientVersion | None = None,
) -> Outcome | None:
    """Propose a state for a run, which is locked meanwhile. Return None if the workspace has no such run.

    With `force`, only the rules in `MINIMAL` apply, which protect results and cancellation. `client` is the version of
    the Prefect client that asks.
    """
    run = lock_run(workspace, run_id)
    if run is None:
        return None
    now = timezone.now()
    current = stored_state(run.state) if run.state else None
    proposed, rules = proposed_state(body, now), MINIMAL if force else CORE
    return propose_state(workspace, run, current, proposed, now, actor=actor, rules=rules, client=client)


def lock_run(workspace: Workspace, run_id: UUID) -> FlowRun | None:
    """Lock a run until the transaction ends, and return it with its state, flow, deployment and queue.

    None if there is no such run.
    """
    # In this order: after waiting for the lock, the second query reads what the previous holder has committed.
    run_rows, related_rows = fetch_both(_locked_run, [run_id, workspace.id], _state_and_flow, [run_id])
    if not run_rows:
        return None
    run: FlowRun = load(FlowRun, run_rows[0])
    run.state = load(FlowRunState, related_rows[0][:_STATE_FIELDS]) if run.state_id else None
    run.flow = load(Flow, related_rows[0][_STATE_FIELDS:])
    run_origin.load_origin(run)
    return run


def propose_state(
    workspace: Workspace,
    run: FlowRun,
    current: RunState | None,
    proposed: RunState,
    now: datetime,
    *,
    actor: Actor,
    rules: Sequence[Rule] = CORE,
    client: ClientVersion | None = None,
) -> Outcome:
    """Apply the rules to the proposed state of a locked run, and store the resulting state if there is one.

    `current` is the run's state. The rules may accept the proposed state, replace it or refuse it.
    """
    slots = slots_of(workspace, run)
    transition = Transition(
        current=current,
        proposed=proposed,
        now=now,
        policy=dict(run.empirical_policy),
        run_count=run.run_count,
        has_deployment=run.deployment_id is not None,
        is_subflow=run.parent_task_run_id is not None,
        infrastructure_pid=run.infrastructure_pid,
        slots=slots,
        client=client,
    )
    apply_rules(transition, rules)
    state = transition.proposed
    if slots is not None:
        slots.release_unused(state)
    if state is None:
        _store_policy(run, transition)
        return Outcome(transition.status, transition.reason, transition.delay, current, stored=False)
    run.empirical_policy = transition.policy
    with pipelined():
        store_state(run, current, state, resumes=transition.resumes)
        if state.type in _AUDITED:
            record_in(
                workspace,
                "flow-run.state-set",
                actor=actor,
                object_id=run.id,
                object_name=run.name,
                state={"from": current.name if current else None, "to": state.name},
            )
    follow_state(workspace, run, current, state, client)
    return Outcome(transition.status, transition.reason, transition.delay, state, stored=True)


def store_state(run: FlowRun, current: RunState | None, state: RunState, *, resumes: bool = False) -> None:
    """Make `state` the current state of a locked run, and store its event and its copy on the parent's task run.

    A new run is inserted together with its state. `resumes`: whether the run leaves a pause, so that the next RUNNING
    state is not counted as another attempt.
    """
    state.timestamp = bookkeeping.timestamp_after(current, state.timestamp)
    state.details["flow_run_id"] = str(run.id)
    state.details["task_run_id"] = str(run.parent_task_run_id) if run.parent_task_run_id else None
    bookkeeping.enter_state(run, current, state, counts=not run.empirical_policy.get("resuming"))
    if resumes or state.type in TERMINAL | {RUNNING}:
        run.empirical_policy["resuming"] = resumes
    if current is not None and current.type in TERMINAL and state.type not in TERMINAL:
        end_run_keys(run.id)
    run.state = FlowRunState(workspace_id=run.workspace_id, flow_run=run, **state_columns(state))
    if run._state.adding:
        insert(run)
    else:
        update(run, _CHANGED_COLUMNS)
    insert(run.state)
    store_event(flow_run_state_event(run, current, state))
    mirror_on_parent(run, state)


def _store_policy(run: FlowRun, transition: Transition) -> None:
    """Store the run's empirical policy if the rules have changed it although they leave no state to store."""
    if transition.resumes:
        transition.policy["resuming"] = True
    if transition.policy == run.empirical_policy:
        return
    run.empirical_policy = transition.policy
    update(run, ("empirical_policy",))
