"""The rules that change a run's policy: at once, only if the state keeps its type, or even if they refuse it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from workspaces.runs.orchestration.flow_rules import CORE
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.orchestration.transition import ABORT, ACCEPT, REJECT, Transition, apply_rules
from workspaces.runs.states import CANCELLED, COMPLETED, FAILED, PAUSED, PENDING, RUNNING, SCHEDULED, default_name

pytestmark = pytest.mark.one_database(reason="no SQL")

NOW = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = {"retries": 1, "pause_keys": ["a"], "resuming": True, "retry_type": "in_process"}


def state(type: str, name: str = "", **details: Any) -> RunState:
    made = RunState(type, name or default_name(type), NOW)
    made.details |= details
    return made


def transition(current: RunState, proposed: RunState, run_count: int = 1) -> Transition:
    made = Transition(
        current=current,
        proposed=proposed,
        now=NOW,
        policy=dict(POLICY),
        run_count=run_count,
        has_deployment=True,
        is_subflow=False,
        infrastructure_pid=None,
    )
    apply_rules(made, CORE)
    return made


def test_run_that_starts_again_forgets_its_pauses() -> None:
    again = transition(state(COMPLETED), state(SCHEDULED))
    assert again.status == ACCEPT
    assert again.policy == {"retries": 1, "pause_keys": [], "resuming": False, "retry_type": "reschedule"}
    assert transition(state(COMPLETED), state(RUNNING)).policy["retry_type"] is None


@pytest.mark.parametrize(
    ("current", "proposed", "status"),
    [
        (state(CANCELLED), state(PENDING), ABORT),
        (state(COMPLETED), state(SCHEDULED, "Late"), REJECT),
    ],
)
def test_run_that_does_not_start_again_keeps_its_policy(current: RunState, proposed: RunState, status: str) -> None:
    refused = transition(current, proposed)
    assert (refused.status, refused.proposed, refused.policy) == (status, None, POLICY)


def test_failure_is_tried_again_while_retries_are_left() -> None:
    retry = transition(state(RUNNING), state(FAILED))
    assert retry.proposed is not None
    assert (retry.status, retry.proposed.name) == (REJECT, "AwaitingRetry")
    assert retry.policy == {"retries": 1, "pause_keys": [], "resuming": False, "retry_type": "in_process"}
    final = transition(state(RUNNING), state(FAILED), run_count=2)
    assert (final.status, final.policy["retry_type"]) == (ACCEPT, None)


def test_pause_is_remembered_by_its_key_if_it_is_stored() -> None:
    paused = transition(state(RUNNING), state(PAUSED, pause_key="b"))
    assert (paused.status, paused.policy["pause_keys"]) == (ACCEPT, ["a", "b"])
    repeated = transition(state(RUNNING), state(PAUSED, pause_key="a"))
    assert (repeated.status, repeated.policy) == (REJECT, POLICY)


def test_run_that_leaves_a_pause_resumes_even_if_it_is_refused() -> None:
    assert transition(state(PAUSED), state(RUNNING)).resumes
    refused = transition(state(PAUSED), state(PENDING))
    assert (refused.status, refused.resumes) == (REJECT, True)
    assert not transition(state(PENDING), state(RUNNING)).resumes
