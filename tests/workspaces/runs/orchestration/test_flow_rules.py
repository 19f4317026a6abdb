"""Each rule of flow runs: when it applies, what it answers, and what is stored instead of the proposed state."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from workspaces.runs.orchestration.flow_rules import CORE, MINIMAL
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.orchestration.transition import ABORT, ACCEPT, REJECT, WAIT, Transition, apply_rules
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
    default_name,
)

pytestmark = pytest.mark.one_database(reason="no SQL")

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
STORED = {"type": "reference", "storage_key": "a"}
UNSTORED = {"type": "unpersisted"}


def state(type: str, name: str = "", *, data: Any = None, **details: Any) -> RunState:
    made = RunState(type, name or default_name(type), NOW, data=data)
    made.details |= details
    return made


def propose(
    current: RunState | None,
    proposed: RunState,
    *,
    force: bool = False,
    policy: dict[str, Any] | None = None,
    run_count: int = 1,
    has_deployment: bool = False,
    is_subflow: bool = False,
    infrastructure_pid: str | None = None,
) -> Transition:
    made = Transition(
        current=current,
        proposed=proposed,
        now=NOW,
        policy=dict(policy or {}),
        run_count=run_count,
        has_deployment=has_deployment,
        is_subflow=is_subflow,
        infrastructure_pid=infrastructure_pid,
    )
    apply_rules(made, MINIMAL if force else CORE)
    return made


def stored(transition: Transition) -> tuple[str, str | None]:
    """The answer, and the name of the state that is stored."""
    return transition.status, transition.proposed.name if transition.proposed else None


def test_lease_id_is_kept_unless_the_client_sends_another() -> None:
    lease, other = str(uuid4()), str(uuid4())
    current = state(RUNNING, deployment_concurrency_lease_id=lease)
    for sent, kept in ((None, lease), (other, other)):
        transition = propose(current, state(COMPLETED, deployment_concurrency_lease_id=sent))
        assert transition.proposed is not None
        assert transition.proposed.details["deployment_concurrency_lease_id"] == kept


def test_same_transition_is_made_once() -> None:
    transition_id = str(uuid4())
    current = state(PENDING, transition_id=transition_id)
    again = propose(current, state(RUNNING, transition_id=transition_id))
    assert (stored(again), again.reason) == ((REJECT, None), "This run has already made this state transition.")
    assert stored(propose(current, state(RUNNING, transition_id=str(uuid4())))) == (ACCEPT, "Running")
    assert stored(propose(state(PENDING), state(RUNNING))) == (ACCEPT, "Running")  # no ids are not the same id


@pytest.mark.parametrize("ended", sorted(TERMINAL))
@pytest.mark.parametrize("proposed", [CANCELLING, PAUSED, CRASHED])
def test_ended_run_is_not_paused_cancelled_or_crashed(ended: str, proposed: str) -> None:
    transition = propose(state(ended), state(proposed))
    assert (stored(transition), transition.reason) == ((ABORT, None), f"Run is already in terminal state {ended}.")


def test_ended_run_starts_again_only_if_nothing_is_lost() -> None:
    assert stored(propose(state(FAILED), state(RUNNING))) == (ACCEPT, "Running")
    assert stored(propose(state(COMPLETED, data=UNSTORED), state(RUNNING))) == (ACCEPT, "Running")
    refused = propose(state(COMPLETED, data=STORED), state(RUNNING))
    assert (stored(refused), refused.reason) == ((REJECT, None), "Run is already COMPLETED.")


def test_ended_run_is_scheduled_again_only_by_a_deployment() -> None:
    refused = propose(state(FAILED), state(SCHEDULED))
    assert stored(refused) == (ABORT, None)
    assert refused.reason == "Cannot reschedule a run without an associated deployment."
    assert stored(propose(state(FAILED), state(SCHEDULED), has_deployment=True)) == (ACCEPT, "Scheduled")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("current", "proposed", "answer"),
    [
        (STORED, None, (REJECT, None)),
        (STORED, UNSTORED, (REJECT, None)),
        (STORED, STORED, (ACCEPT, "Completed")),
        (UNSTORED, UNSTORED, (ACCEPT, "Completed")),
        (None, STORED, (ACCEPT, "Completed")),
    ],
)
def test_stored_result_is_not_replaced_by_none_not_even_with_force(
    force: bool, current: Any, proposed: Any, answer: tuple[str, str | None]
) -> None:
    assert stored(propose(state(COMPLETED, data=current), state(COMPLETED, data=proposed), force=force)) == answer


def test_ended_run_may_end_otherwise() -> None:
    assert stored(propose(state(COMPLETED, data=STORED), state(FAILED))) == (ACCEPT, "Failed")
    assert stored(propose(state(FAILED), state(CANCELLED))) == (ACCEPT, "Cancelled")


def test_run_that_is_being_cancelled_becomes_cancelled_and_nothing_else() -> None:
    assert stored(propose(state(CANCELLING), state(CANCELLED))) == (ACCEPT, "Cancelled")
    for other in (COMPLETED, RUNNING, PAUSED, CRASHED):
        refused = propose(state(CANCELLING), state(other))
        assert stored(refused) == (REJECT, None)
        assert refused.reason == "Cannot transition flows that are cancelling to a state other than Cancelled."


@pytest.mark.parametrize("force", [False, True])
def test_run_without_a_process_is_cancelled_at_once(force: bool) -> None:
    for current, reason in (
        (state(SCHEDULED), "Scheduled flow run has no infrastructure to terminate."),
        (state(SCHEDULED, "Resuming"), "Scheduled flow run has no infrastructure to terminate."),
        (state(PAUSED, "Suspended", pause_reschedule=True), "Suspended flow run has no infrastructure to terminate."),
    ):
        cancelled = propose(current, state(CANCELLING), force=force)
        assert (stored(cancelled), cancelled.reason) == ((REJECT, "Cancelled"), reason)
    with_process = propose(state(SCHEDULED), state(CANCELLING), force=force, infrastructure_pid="42")
    assert stored(with_process) == (ACCEPT, "Cancelling")


def test_paused_process_is_told_to_cancel_only_with_force() -> None:
    assert stored(propose(state(PAUSED), state(CANCELLING), force=True)) == (ACCEPT, "Cancelling")
    assert stored(propose(state(PAUSED), state(CANCELLING))) == (REJECT, None)


def test_only_one_worker_takes_a_run() -> None:
    assert stored(propose(state(SCHEDULED), state(PENDING))) == (ACCEPT, "Pending")
    for current in (PENDING, RUNNING, CANCELLED):
        refused = propose(state(current), state(PENDING))
        assert stored(refused) == (ABORT, None)
    assert stored(propose(state(PENDING, "Submitting"), state(PENDING, "Submitting"))) == (ABORT, None)


def test_pending_run_may_take_another_pending_name_and_keeps_its_time() -> None:
    lease = str(uuid4())
    current = state(PENDING, scheduled_time=NOW.isoformat(), deployment_concurrency_lease_id=lease)
    submitting = propose(current, state(PENDING, "Submitting"))
    assert stored(submitting) == (ACCEPT, "Submitting")
    assert submitting.proposed is not None
    assert submitting.proposed.details["scheduled_time"] == NOW.isoformat()
    assert submitting.proposed.details["deployment_concurrency_lease_id"] == lease


def test_only_scheduled_runs_become_late_and_only_once() -> None:
    assert stored(propose(state(SCHEDULED), state(SCHEDULED, "Late"))) == (ACCEPT, "Late")
    assert stored(propose(state(PENDING), state(SCHEDULED))) == (ACCEPT, "Scheduled")
    for current, reason in (
        (None, "Only scheduled flows can be marked late."),
        (state(RUNNING), "Only scheduled flows can be marked late."),
        (state(SCHEDULED, "Late"), "This flow run is already marked late."),
    ):
        refused = propose(current, state(SCHEDULED, "Late"))
        assert (stored(refused), refused.reason) == ((REJECT, None), reason)


@pytest.mark.parametrize(("name", "verb"), [("Paused", "pause"), ("Suspended", "suspend")])
def test_only_running_runs_pause(name: str, verb: str) -> None:
    refused = propose(None, state(PAUSED, name))
    assert (stored(refused), refused.reason) == ((ABORT, None), f"Cannot {verb} flows with no state.")
    refused = propose(state(PENDING), state(PAUSED, name))
    assert stored(refused) == (REJECT, None)
    assert refused.reason == f"Cannot {verb} flows that are not currently running."


def test_pause_without_a_key_gets_one_of_its_own() -> None:
    first = propose(state(RUNNING), state(PAUSED))
    again = propose(state(RUNNING), state(PAUSED), policy=first.policy)
    assert stored(again) == (ACCEPT, "Paused")
    assert len(set(again.policy["pause_keys"])) == 2


def test_only_deployed_runs_that_are_no_subflows_leave_their_process() -> None:
    suspended = state(PAUSED, "Suspended", pause_reschedule=True)
    for is_subflow, reason in (
        (True, "Cannot suspend subflows."),
        (False, "Cannot suspend flows without a deployment."),
    ):
        refused = propose(state(RUNNING), suspended.copy(), is_subflow=is_subflow, has_deployment=is_subflow)
        assert (stored(refused), refused.reason, refused.policy) == ((ABORT, None), reason, {})
    assert stored(propose(state(RUNNING), suspended, has_deployment=True)) == (ACCEPT, "Suspended")


@pytest.mark.parametrize("proposed", [PENDING, CANCELLING])
def test_paused_run_does_not_go_where_it_cannot_resume(proposed: str) -> None:
    refused = propose(state(PAUSED), state(proposed))
    assert stored(refused) == (REJECT, None)
    assert refused.reason is not None
    assert f"StateType.{proposed}" in refused.reason


def test_suspended_run_needs_a_deployment_to_resume() -> None:
    suspended = state(PAUSED, "Suspended", pause_reschedule=True)
    refused = propose(suspended, state(SCHEDULED, "Resuming"))
    assert stored(refused) == (REJECT, None)
    assert stored(propose(suspended, state(SCHEDULED, "Resuming"), has_deployment=True)) == (ACCEPT, "Resuming")


def test_pause_that_timed_out_fails_the_run() -> None:
    in_time = state(PAUSED, pause_timeout=NOW.isoformat())
    assert stored(propose(in_time, state(RUNNING))) == (ACCEPT, "Running")
    too_late = propose(state(PAUSED, pause_timeout=(NOW - timedelta(seconds=1)).isoformat()), state(RUNNING))
    assert stored(too_late) == (REJECT, "Failed")
    assert too_late.reason == "The flow run pause has timed out and can no longer resume."


def test_worker_keeps_the_scheduled_time() -> None:
    for sent, kept in ((None, NOW.isoformat()), (LATER.isoformat(), LATER.isoformat())):
        transition = propose(state(SCHEDULED, scheduled_time=NOW.isoformat()), state(PENDING, scheduled_time=sent))
        assert transition.proposed is not None
        assert transition.proposed.details["scheduled_time"] == kept


@pytest.mark.parametrize("current", [SCHEDULED, PENDING])
def test_run_waits_for_its_scheduled_time(current: str) -> None:
    early = propose(state(current, scheduled_time=LATER.isoformat()), state(RUNNING))
    assert (stored(early), early.delay, early.reason) == ((WAIT, None), 300, "Scheduled time is in the future")
    assert stored(propose(state(current, scheduled_time=NOW.isoformat()), state(RUNNING))) == (ACCEPT, "Running")


@pytest.mark.parametrize(
    ("retries", "run_count", "answer"),
    [
        (None, 1, (ACCEPT, "Failed")),
        (0, 1, (ACCEPT, "Failed")),
        (1, 1, (REJECT, "AwaitingRetry")),
        (1, 2, (ACCEPT, "Failed")),
        (2, 2, (REJECT, "AwaitingRetry")),
    ],
)
def test_failed_run_has_as_many_further_attempts_as_retries(
    retries: int | None, run_count: int, answer: tuple[str, str | None]
) -> None:
    failed = propose(state(RUNNING), state(FAILED), policy={"retries": retries}, run_count=run_count)
    assert stored(failed) == answer


@pytest.mark.parametrize(
    ("delay", "seconds"), [(None, 0), (0, 0), (60, 60), (-60, -60), (10**15, 2**31), (-(10**15), -(2**31))]
)
def test_retry_comes_after_its_delay_which_stays_within_the_calendar(delay: int | None, seconds: int) -> None:
    failed = state(FAILED, data=UNSTORED)
    failed.message = "boom"
    retry = propose(state(RUNNING), failed, policy={"retries": 1, "retry_delay": delay}).proposed
    assert retry is not None
    assert retry.scheduled_time == NOW + timedelta(seconds=seconds)
    assert (retry.type, retry.message, retry.data) == (SCHEDULED, "boom", UNSTORED)


def test_force_skips_all_other_rules() -> None:
    for current, proposed in (
        (state(COMPLETED, data=STORED), state(RUNNING)),
        (state(CANCELLING), state(COMPLETED)),
        (state(PENDING), state(PENDING)),
        (state(SCHEDULED, scheduled_time=LATER.isoformat()), state(RUNNING)),
        (None, state(SCHEDULED, "Late")),
    ):
        assert stored(propose(current, proposed, force=True)) == (ACCEPT, proposed.name)
