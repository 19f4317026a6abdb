"""How rules are applied, and states in memory."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workspaces.runs.orchestration.run_state import (
    NO_DETAILS,
    RunState,
    proposed_state,
    scheduled_state,
    state_columns,
    whole_seconds,
)
from workspaces.runs.orchestration.transition import ANY, REJECT, WAIT, Rule, Transition, apply_rules
from workspaces.runs.schemas import StateCreate, StateDetails
from workspaces.runs.states import COMPLETED, FAILED, PAUSED, PENDING, RUNNING, SCHEDULED

pytestmark = pytest.mark.one_database(reason="no SQL")

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def state(type: str) -> RunState:
    return RunState(type, type.title(), NOW)


def transition(current: RunState | None, proposed: RunState | None) -> Transition:
    return Transition(
        current=current,
        proposed=proposed,
        now=NOW,
        policy={},
        run_count=0,
        has_deployment=False,
        is_subflow=False,
        infrastructure_pid=None,
    )


def noting(log: list[str], name: str, then: Callable[[Transition], None] | None = None) -> Callable[[Transition], None]:
    """A rule that writes its name to `log`, then does something."""

    def apply(given: Transition) -> None:
        log.append(name)
        if then is not None:
            then(given)

    return apply


@pytest.mark.parametrize(
    ("current", "proposed", "concerned"),
    [
        (PENDING, RUNNING, True),
        (SCHEDULED, RUNNING, False),
        (PENDING, COMPLETED, False),
        (None, RUNNING, False),
    ],
)
def test_rule_is_about_its_types_and_not_about_runs_without_a_state(
    current: str | None, proposed: str, concerned: bool
) -> None:
    rule = Rule(frozenset({PENDING}), frozenset({RUNNING}), lambda given: None)
    assert rule.concerns(state(current) if current else None, state(proposed)) is concerned


def test_rule_may_also_be_about_runs_without_a_state() -> None:
    rule = Rule(ANY, frozenset({RUNNING}), lambda given: None, from_none=True)
    assert rule.concerns(None, state(RUNNING))
    assert not rule.concerns(None, state(PAUSED))


def test_rules_after_a_change_of_the_type_are_skipped_unless_they_always_apply() -> None:
    log: list[str] = []
    rules = [
        Rule(ANY, ANY, noting(log, "replace", lambda given: given.reject(state(SCHEDULED), "later"))),
        Rule(ANY, ANY, noting(log, "skipped")),
        Rule(ANY, ANY, noting(log, "always"), always=True),
        Rule(ANY, frozenset({SCHEDULED}), noting(log, "about the new type"), always=True),
    ]
    apply_rules(transition(state(RUNNING), state(FAILED)), rules)
    assert log == ["replace", "always"]


def test_nothing_follows_a_rule_that_leaves_no_state() -> None:
    log: list[str] = []
    rules = [
        Rule(ANY, ANY, noting(log, "wait", lambda given: given.wait(7, "soon"))),
        Rule(ANY, ANY, noting(log, "never"), always=True),
    ]
    given = transition(state(PENDING), state(RUNNING))
    given.policy_if_type_stays = {"a": 1}
    apply_rules(given, rules)
    assert (log, given.status, given.delay, given.proposed, given.policy) == (["wait"], WAIT, 7, None, {})


@pytest.mark.parametrize(("instead", "policy"), [(RUNNING, {"a": 1}), (SCHEDULED, {})])
def test_policy_that_depends_on_the_type_is_added_after_the_rules(instead: str, policy: dict[str, Any]) -> None:
    given = transition(state(PENDING), state(RUNNING))
    given.policy_if_type_stays = {"a": 1}
    apply_rules(given, [Rule(ANY, ANY, lambda given: given.reject(state(instead), "other"))])
    assert (given.status, given.policy) == (REJECT, policy)


def test_proposed_state_has_the_clock_of_the_server_and_the_usual_name() -> None:
    made = proposed_state(StateCreate(type="RUNNING"), NOW)
    assert (made.name, made.timestamp, made.details) == ("Running", NOW, NO_DETAILS)
    assert proposed_state(StateCreate(type="RUNNING", name="Step 2"), NOW).name == "Step 2"


def test_scheduled_state_without_a_time_is_due_now() -> None:
    later = NOW + timedelta(hours=1)
    assert proposed_state(StateCreate(type="SCHEDULED"), NOW).scheduled_time == NOW
    given = StateCreate(type="SCHEDULED", state_details=StateDetails(scheduled_time=later))
    assert proposed_state(given, NOW).scheduled_time == later
    assert scheduled_state("AwaitingRetry", later, NOW).scheduled_time == later
    assert proposed_state(StateCreate(type="PENDING"), NOW).scheduled_time is None


@pytest.mark.parametrize(
    ("data", "has_result", "kept"),
    [
        (None, False, None),
        ({"type": "unpersisted"}, False, None),
        ({"type": "reference"}, True, {"type": "reference"}),
        ("pickled", False, "pickled"),
        ([1], False, [1]),
    ],
)
def test_note_that_there_is_no_result_is_not_stored(data: Any, has_result: bool, kept: Any) -> None:
    made = RunState(COMPLETED, "Completed", NOW, data=data)
    assert (made.has_stored_result, state_columns(made)["data"]) == (has_result, kept)


def test_copy_shares_neither_id_nor_details() -> None:
    first = state(RUNNING)
    copy = first.copy(name="Copied")
    copy.details["pause_key"] = "k"
    assert (copy.name, copy.type, copy.timestamp) == ("Copied", RUNNING, NOW)
    assert copy.id != first.id
    assert first.details["pause_key"] is None


@pytest.mark.parametrize(("duration", "seconds"), [(0.4, 0), (0.6, 1), (59.999, 60), (86_400, 86_400), (-0.4, 0)])
def test_delay_is_rounded_to_seconds(duration: float, seconds: int) -> None:
    assert whole_seconds(timedelta(seconds=duration)) == seconds
