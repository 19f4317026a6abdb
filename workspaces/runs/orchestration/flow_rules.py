"""The rules of flow runs, in order (orchestration.md 2.3 and 2.4; numbers are those of 2.4).

Rules 7 to 9 and 17 speak of deployments' concurrency limits; they come with those.
"""

from datetime import timedelta
from uuid import uuid4

from workspaces.runs.orchestration.run_state import RunState, scheduled, whole_seconds
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

_LONGEST_DELAY = 2**31  # seconds; rows from before the bound on it may hold more than the calendar


def _set(*types: str) -> frozenset[str]:
    return frozenset(types)


def preserve_lease_id(move: Transition) -> None:
    """1: the client forgets the lease id, the run keeps it."""
    lease = "deployment_concurrency_lease_id"
    if move.current and move.proposed and move.proposed.details[lease] is None:
        move.proposed.details[lease] = move.current.details[lease]


def prevent_duplicate_transitions(move: Transition) -> None:
    """2: a request that was sent again."""
    if move.current is None or move.proposed is None:
        return
    mine = move.proposed.details["transition_id"]
    if mine is not None and mine == move.current.details["transition_id"]:
        move.reject(None, "This run has already made this state transition.")


def handle_terminal_states(move: Transition) -> None:
    """3a to 3e: what may follow an end."""
    current, proposed = move.current, move.proposed
    if current is None or proposed is None:
        return
    if proposed.type in {CANCELLING, PAUSED, CRASHED}:
        move.abort(f"Run is already in terminal state {current.type}.")
    elif proposed.type in TERMINAL:
        prevent_result_loss(move)
    elif current.type == COMPLETED and current.persisted:
        move.reject(None, "Run is already COMPLETED.")
    elif proposed.type == SCHEDULED and not move.has_deployment:
        move.abort("Cannot reschedule a run without an associated deployment.")
    else:
        retry_type = "reschedule" if proposed.type == SCHEDULED else None
        move.set_policy_unless_changed(resuming=False, pause_keys=[], retry_type=retry_type)


def prevent_result_loss(move: Transition) -> None:
    """3c: a completed run keeps its stored result, even against force."""
    current, proposed = move.current, move.proposed
    if current is None or proposed is None or not current.type == proposed.type == COMPLETED:
        return
    if current.persisted and not proposed.persisted:
        move.reject(
            None,
            "Cannot overwrite a COMPLETED state that carries persisted result data with one that does not.",
        )


def enforce_cancelling_to_cancelled(move: Transition) -> None:
    """4"""
    move.reject(None, "Cannot transition flows that are cancelling to a state other than Cancelled.")


def bypass_cancelling_without_infrastructure(move: Transition) -> None:
    """5: nothing runs that could be told to stop."""
    current, proposed = move.current, move.proposed
    if current is None or proposed is None:
        return
    if current.name == "Resuming" or (current.type == SCHEDULED and not move.infrastructure_pid):
        reason = "Scheduled flow run has no infrastructure to terminate."
    elif current.type == PAUSED and current.details["pause_reschedule"]:
        reason = "Suspended flow run has no infrastructure to terminate."
    else:
        return
    move.reject(RunState(CANCELLED, "Cancelled", move.now), reason)


def prevent_pending_transitions(move: Transition) -> None:
    """6: what keeps two workers from taking one run."""
    current, proposed = move.current, move.proposed
    if current is None or proposed is None:
        return
    if current.type == PENDING and proposed.name not in {current.name, "Pending"}:
        for key in ("scheduled_time", "deployment_concurrency_lease_id"):
            proposed.details[key] = current.details[key]
        return
    move.abort(f"This run is in a {current.type} state and cannot transition to a PENDING state.")


def only_scheduled_may_be_late(move: Transition) -> None:
    """10"""
    current, proposed = move.current, move.proposed
    if proposed is None or proposed.name != "Late":
        return
    if current is None or current.type != SCHEDULED:
        move.reject(None, "Only scheduled flows can be marked late.")
    elif current.name == "Late":
        move.reject(None, "This flow run is already marked late.")


def handle_pausing(move: Transition) -> None:
    """11 (orchestration.md 2.9)"""
    current, proposed = move.current, move.proposed
    if proposed is None:
        return
    verb = "suspend" if proposed.name == "Suspended" else "pause"
    if current is None:
        move.abort(f"Cannot {verb} flows with no state.")
        return
    if current.type != RUNNING:
        move.reject(None, f"Cannot {verb} flows that are not currently running.")
        return
    key = proposed.details["pause_key"] or str(uuid4())
    fired = list(move.policy.get("pause_keys") or [])
    if key in fired:
        move.reject(None, f"This {verb} has already fired.")
    elif proposed.details["pause_reschedule"] and move.is_subflow:
        move.abort(f"Cannot {verb} subflows.")
    elif proposed.details["pause_reschedule"] and not move.has_deployment:
        move.abort(f"Cannot {verb} flows without a deployment.")
    else:
        move.afterwards(lambda: move.set_policy(pause_keys=[*fired, key]), only=PAUSED)


def handle_resuming(move: Transition) -> None:
    """12 (orchestration.md 2.9)"""
    current, proposed = move.current, move.proposed
    if current is None or proposed is None:
        return
    # Set even where the move is refused, and after RUNNING has cleared it: the reference does.
    move.afterwards(lambda: move.set_policy(resuming=True))
    name = proposed.name.lower()
    verb = "suspend" if proposed.name == "Suspended" else "pause"
    if proposed.type not in TERMINAL | {RUNNING, SCHEDULED}:
        move.reject(
            None,
            f"This run cannot transition to the StateType.{proposed.type} state from the StateType.PAUSED state.",
        )
    elif current.details["pause_reschedule"] and not move.has_deployment:
        move.reject(None, f"Cannot reschedule a {name} flow run without a deployment.")
    elif current.pause_timeout is not None and current.pause_timeout < move.now:
        move.reject(
            RunState(FAILED, "Failed", move.now, f"The flow was {name} and never resumed."),
            f"The flow run {verb} has timed out and can no longer resume.",
        )


def copy_scheduled_time(move: Transition) -> None:
    """13"""
    if move.current and move.proposed and move.proposed.details["scheduled_time"] is None:
        move.proposed.details["scheduled_time"] = move.current.details["scheduled_time"]


def wait_for_scheduled_time(move: Transition) -> None:
    """14"""
    when = move.current.scheduled_time if move.current else None
    if when is not None and when > move.now:
        move.wait(whole_seconds(when - move.now), "Scheduled time is in the future")


def retry_failed_flows(move: Transition) -> None:
    """15 (orchestration.md 2.7)"""
    retries, proposed = move.policy.get("retries"), move.proposed
    if proposed is None:
        return
    if retries is None or move.run_count > retries:
        move.set_policy(retry_type=None)
        return
    move.set_policy(resuming=False, pause_keys=[], retry_type="in_process")
    delay = max(-_LONGEST_DELAY, min(move.policy.get("retry_delay") or 0, _LONGEST_DELAY))
    when = move.now + timedelta(seconds=delay)
    move.reject(scheduled("AwaitingRetry", when, move.now, proposed.message, proposed.data), "Retrying")


CORE: tuple[Rule, ...] = (
    Rule(ANY, ANY, preserve_lease_id, always=True),
    Rule(ANY, ANY, prevent_duplicate_transitions, always=True),
    Rule(TERMINAL, ANY, handle_terminal_states),
    Rule(_set(CANCELLING), ANY - {CANCELLED}, enforce_cancelling_to_cancelled),
    Rule(_set(SCHEDULED, PAUSED), _set(CANCELLING), bypass_cancelling_without_infrastructure),
    Rule(_set(PENDING, CANCELLING, RUNNING, CANCELLED), _set(PENDING), prevent_pending_transitions),
    Rule(ANY, _set(SCHEDULED), only_scheduled_may_be_late, from_none=True),
    Rule(ANY, _set(PAUSED), handle_pausing, from_none=True),
    Rule(_set(PAUSED), ANY, handle_resuming),
    Rule(_set(SCHEDULED), _set(PENDING), copy_scheduled_time),
    Rule(_set(SCHEDULED, PENDING), _set(RUNNING), wait_for_scheduled_time),
    Rule(_set(RUNNING), _set(FAILED), retry_failed_flows),
)

# What even `force` obeys.
MINIMAL: tuple[Rule, ...] = (
    Rule(_set(COMPLETED), _set(COMPLETED), prevent_result_loss),
    Rule(_set(SCHEDULED, PAUSED), _set(CANCELLING), bypass_cancelling_without_infrastructure),
)
