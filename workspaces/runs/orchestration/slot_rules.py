"""The rules about concurrency limits of deployments (docs/contract/orchestration.md, "Deployment concurrency")."""

from datetime import timedelta

from workspaces.runs.orchestration.run_state import RunState, scheduled_state
from workspaces.runs.orchestration.slots import (
    FULL,
    LEASE,
    NO_DEPLOYMENT,
    NONE_AT_ALL,
    TAKEN,
    renews_leases,
    takes_slots,
)
from workspaces.runs.orchestration.transition import Transition
from workspaces.runs.states import CANCELLED

SLOT_WAIT = timedelta(seconds=30)
_FULL = "Deployment concurrency limit reached."


def keep_slot(transition: Transition) -> None:
    """Rule 7: start a run only if it still has its slot, or if another one is free."""
    current, proposed = transition.current, transition.proposed
    if current is None or proposed is None:
        return
    lease_id = proposed.details[LEASE] = current.details[LEASE]
    if lease_id is None or transition.slots is None or not renews_leases(transition.client):
        return
    slot = transition.slots.keep(lease_id)
    if slot.result == TAKEN:
        proposed.details[LEASE] = slot.lease_id
    elif slot.result in {FULL, NONE_AT_ALL}:
        text = "Deployment concurrency slot lost during provisioning - no slots available to continue execution"
        transition.reject(
            RunState(CANCELLED, "Cancelled", transition.now, text),
            "Deployment concurrency limit reached after lease expiry.",
        )


def take_slot(transition: Transition) -> None:
    """Rule 8: let a worker take a run only if its deployment has a free slot. Else the run waits or is cancelled."""
    if transition.slots is None or transition.proposed is None or takes_slots(transition.client):
        return
    slot = transition.slots.take()
    if slot.result == TAKEN:
        transition.proposed.details[LEASE] = slot.lease_id
    elif slot.result == NO_DEPLOYMENT:
        transition.abort("Deployment not found.")
    elif slot.result == NONE_AT_ALL:
        transition.abort("The deployment concurrency limit is 0. The flow will deadlock if submitted again.")
    elif slot.result == FULL and slot.cancels_new:
        transition.reject(RunState(CANCELLED, "Cancelled", transition.now, _FULL), _FULL)
    elif slot.result == FULL:
        later = transition.now + SLOT_WAIT
        transition.reject(scheduled_state("AwaitingConcurrencySlot", later, transition.now), _FULL)


def cancel_late_without_slot(transition: Transition) -> None:
    """Cancel a late run if its deployment is full and cancels runs that find no slot."""
    slot = transition.slots.look() if transition.slots is not None else None
    if slot is not None and slot.result == FULL and slot.cancels_new:
        text = "Deployment concurrency limit is full and uses the CANCEL_NEW strategy."
        transition.reject(RunState(CANCELLED, "Cancelled", transition.now, text), text)
