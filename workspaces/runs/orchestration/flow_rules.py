"""The rules of flow runs, in order, numbered as in docs/contract/orchestration.md, "Flow rules".

Rules 7 and 8 are in `slot_rules.py`. Rules 9 and 17 follow from the stored state: `services/deployment_slots.py`.
"""

from datetime import timedelta
from uuid import uuid4

from workspaces.runs.orchestration.run_state import RunState, scheduled_state, whole_seconds
from workspaces.runs.orchestration.slot_rules import cancel_late_without_slot, keep_slot, take_slot
from workspaces.runs.orchestration.transition import ANY, Rule, Transition
from workspaces.runs.states import (
    CANCELLED,
    CANCELLING,
    COMPLETED,
    CRASHED,
    FAILED,
    PAUSED,
    PENDING,
    RUNNING,
    SCHEDULED,
    TERMINAL,
)

_LONGEST_DELAY = 2**31  # seconds; old rows may hold delays that end after the year 9999


def _set(*types: str) -> frozenset[str]:
    return frozenset(types)


def preserve_lease_id(transition: Transition) -> None:
    """Rule 1: keep the id of the run's concurrency lease, which clients do not send again."""
    lease = "deployment_concurrency_lease_id"
    if transition.current and transition.proposed and transition.proposed.details[lease] is None:
        transition.proposed.details[lease] = transition.current.details[lease]


def prevent_duplicate_transitions(transition: Transition) -> None:
    """Rule 2: keep the state if the client sends the same transition again."""
    if transition.current is None or transition.proposed is None:
        return
    transition_id = transition.proposed.details["transition_id"]
    if transition_id is not None and transition_id == transition.current.details["transition_id"]:
        transition.reject(None, "This run has already made this state transition.")


def handle_terminal_states(transition: Transition) -> None:
    """Rules 3a to 3e: decide what may follow a terminal state."""
    current, proposed = transition.current, transition.proposed
    if current is None or proposed is None:
        return
    if proposed.type in {CANCELLING, PAUSED, CRASHED}:
        transition.abort(f"Run is already in terminal state {current.type}.")
    elif proposed.type in TERMINAL:
        prevent_result_loss(transition)
    elif current.type == COMPLETED and current.has_stored_result:
        transition.reject(None, "Run is already COMPLETED.")
    elif proposed.type == SCHEDULED and not transition.has_deployment:
        transition.abort("Cannot reschedule a run without an associated deployment.")
    else:
        retry_type = "reschedule" if proposed.type == SCHEDULED else None
        transition.policy_if_type_stays = {"resuming": False, "pause_keys": [], "retry_type": retry_type}


def prevent_result_loss(transition: Transition) -> None:
    """Rule 3c: do not replace a stored result by data without one, not even with `force`."""
    current, proposed = transition.current, transition.proposed
    if current is None or proposed is None or not current.type == proposed.type == COMPLETED:
        return
    if current.has_stored_result and not proposed.has_stored_result:
        transition.reject(
            None,
            "Cannot overwrite a COMPLETED state that carries persisted result data with one that does not.",
        )


def enforce_cancelling_to_cancelled(transition: Transition) -> None:
    """Rule 4: let a run that is being cancelled become cancelled and nothing else."""
    transition.reject(None, "Cannot transition flows that are cancelling to a state other than Cancelled.")


def bypass_cancelling_without_infrastructure(transition: Transition) -> None:
    """Rule 5: cancel the run at once if no process runs that could be asked to stop."""
    current, proposed = transition.current, transition.proposed
    if current is None or proposed is None:
        return
    if current.name == "Resuming" or (current.type == SCHEDULED and not transition.infrastructure_pid):
        reason = "Scheduled flow run has no infrastructure to terminate."
    elif current.type == PAUSED and current.details["pause_reschedule"]:
        reason = "Suspended flow run has no infrastructure to terminate."
    else:
        return
    transition.reject(RunState(CANCELLED, "Cancelled", transition.now), reason)


def prevent_pending_transitions(transition: Transition) -> None:
    """Rule 6: keep a second worker from taking a run, unless the new PENDING state has another name."""
    current, proposed = transition.current, transition.proposed
    if current is None or proposed is None:
        return
    if current.type == PENDING and proposed.name not in {current.name, "Pending"}:
        for key in ("scheduled_time", "deployment_concurrency_lease_id"):
            proposed.details[key] = current.details[key]
        return
    transition.abort(f"This run is in a {current.type} state and cannot transition to a PENDING state.")


def only_scheduled_may_be_late(transition: Transition) -> None:
    """Rule 10: mark a run as late only if it is scheduled, and only once."""
    current, proposed = transition.current, transition.proposed
    if proposed is None or proposed.name != "Late":
        return
    if current is None or current.type != SCHEDULED:
        transition.reject(None, "Only scheduled flows can be marked late.")
    elif current.name == "Late":
        transition.reject(None, "This flow run is already marked late.")


def handle_pausing(transition: Transition) -> None:
    """Rule 11: pause a running run, once for each pause key.

    See docs/contract/orchestration.md, "Pausing and resuming".
    """
    current, proposed = transition.current, transition.proposed
    if proposed is None:
        return
    verb = "suspend" if proposed.name == "Suspended" else "pause"
    if current is None:
        transition.abort(f"Cannot {verb} flows with no state.")
        return
    if current.type != RUNNING:
        transition.reject(None, f"Cannot {verb} flows that are not currently running.")
        return
    key = proposed.details["pause_key"] or str(uuid4())
    used_keys = list(transition.policy.get("pause_keys") or [])
    if key in used_keys:
        transition.reject(None, f"This {verb} has already fired.")
    elif proposed.details["pause_reschedule"] and transition.is_subflow:
        transition.abort(f"Cannot {verb} subflows.")
    elif proposed.details["pause_reschedule"] and not transition.has_deployment:
        transition.abort(f"Cannot {verb} flows without a deployment.")
    else:
        transition.policy["pause_keys"] = [*used_keys, key]


def handle_resuming(transition: Transition) -> None:
    """Rule 12: resume a paused run, unless it is too late (docs/contract/orchestration.md, "Pausing and resuming")."""
    current, proposed = transition.current, transition.proposed
    if current is None or proposed is None:
        return
    transition.resumes = True  # even if the transition is refused below, as in the Prefect server
    name = proposed.name.lower()
    verb = "suspend" if proposed.name == "Suspended" else "pause"
    if proposed.type not in TERMINAL | {RUNNING, SCHEDULED}:
        transition.reject(
            None,
            f"This run cannot transition to the StateType.{proposed.type} state from the StateType.PAUSED state.",
        )
    elif current.details["pause_reschedule"] and not transition.has_deployment:
        transition.reject(None, f"Cannot reschedule a {name} flow run without a deployment.")
    elif current.pause_timeout is not None and current.pause_timeout < transition.now:
        transition.reject(
            RunState(FAILED, "Failed", transition.now, f"The flow was {name} and never resumed."),
            f"The flow run {verb} has timed out and can no longer resume.",
        )


def copy_scheduled_time(transition: Transition) -> None:
    """Rule 13: keep the scheduled time of a run that a worker takes."""
    if transition.current and transition.proposed and transition.proposed.details["scheduled_time"] is None:
        transition.proposed.details["scheduled_time"] = transition.current.details["scheduled_time"]


def wait_for_scheduled_time(transition: Transition) -> None:
    """Rule 14: do not start a run before its scheduled time."""
    scheduled_time = transition.current.scheduled_time if transition.current else None
    if scheduled_time is not None and scheduled_time > transition.now:
        transition.wait(whole_seconds(scheduled_time - transition.now), "Scheduled time is in the future")


def retry_failed_flows(transition: Transition) -> None:
    """Rule 15: schedule another attempt while retries are left (docs/contract/orchestration.md, "Flow retries")."""
    retries, proposed = transition.policy.get("retries"), transition.proposed
    if proposed is None:
        return
    if retries is None or transition.run_count > retries:
        transition.policy["retry_type"] = None
        return
    transition.policy.update(resuming=False, pause_keys=[], retry_type="in_process")
    delay = max(-_LONGEST_DELAY, min(transition.policy.get("retry_delay") or 0, _LONGEST_DELAY))
    retry_time = transition.now + timedelta(seconds=delay)
    retry = scheduled_state("AwaitingRetry", retry_time, transition.now, proposed.message, proposed.data)
    transition.reject(retry, "Retrying")


CORE: tuple[Rule, ...] = (
    Rule(ANY, ANY, preserve_lease_id, always=True),
    Rule(ANY, ANY, prevent_duplicate_transitions, always=True),
    Rule(TERMINAL, ANY, handle_terminal_states),
    Rule(_set(CANCELLING), ANY - {CANCELLED}, enforce_cancelling_to_cancelled),
    Rule(_set(SCHEDULED, PAUSED), _set(CANCELLING), bypass_cancelling_without_infrastructure),
    Rule(_set(PENDING, CANCELLING, RUNNING, CANCELLED), _set(PENDING), prevent_pending_transitions),
    Rule(_set(PENDING), _set(RUNNING), keep_slot),
    Rule(ANY - {PENDING, RUNNING, CANCELLING}, _set(PENDING), take_slot, from_none=True),
    Rule(ANY, _set(SCHEDULED), only_scheduled_may_be_late, from_none=True),
    Rule(ANY, _set(PAUSED), handle_pausing, from_none=True),
    Rule(_set(PAUSED), ANY, handle_resuming),
    Rule(_set(SCHEDULED), _set(PENDING), copy_scheduled_time),
    Rule(_set(SCHEDULED, PENDING), _set(RUNNING), wait_for_scheduled_time),
    Rule(_set(RUNNING), _set(FAILED), retry_failed_flows),
)

# The rules that apply even with `force`.
MINIMAL: tuple[Rule, ...] = (
    Rule(_set(COMPLETED), _set(COMPLETED), prevent_result_loss),
    Rule(_set(SCHEDULED, PAUSED), _set(CANCELLING), bypass_cancelling_without_infrastructure),
)

# The rules that apply when the background service marks a run as late.
LATE: tuple[Rule, ...] = (
    Rule(ANY, _set(SCHEDULED), only_scheduled_may_be_late, from_none=True),
    Rule(ANY, _set(SCHEDULED), cancel_late_without_slot),
)
