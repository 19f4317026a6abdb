"""The columns of a run that follow from the states that it enters."""

from datetime import UTC, datetime, timedelta

import pytest

from workspaces.runs.models import FlowRun
from workspaces.runs.orchestration.bookkeeping import COLUMNS, enter_state, timestamp_after
from workspaces.runs.orchestration.run_state import RunState, scheduled_state
from workspaces.runs.states import COMPLETED, FAILED, PENDING, RUNNING, SCHEDULED, TERMINAL

pytestmark = pytest.mark.one_database(reason="no SQL")

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def walk(*steps: tuple[str, float]) -> FlowRun:
    """A run that has entered these types of states, each so many seconds after the start."""
    run, current = FlowRun(), None
    for type, seconds in steps:
        state = RunState(type, type.title(), at(seconds))
        enter_state(run, current, state)
        current = state
    return run


def test_columns_of_the_state_are_those_of_the_last_one() -> None:
    run = walk((PENDING, 0), (RUNNING, 1))
    assert (run.state_type, run.state_name, run.state_timestamp, run.updated) == (RUNNING, "Running", at(1), at(1))


def test_every_column_that_changes_is_listed() -> None:
    before, run = vars(FlowRun()), walk((SCHEDULED, 0), (PENDING, 1), (RUNNING, 2), (COMPLETED, 3))
    changed = {name for name, value in vars(run).items() if name in before and value != before[name]}
    assert changed - {"_state", "id", "created"} <= set(COLUMNS)


def test_run_starts_once() -> None:
    assert walk((PENDING, 0)).start_time is None
    assert walk((PENDING, 0), (RUNNING, 1), (FAILED, 2), (RUNNING, 9)).start_time == at(1)


@pytest.mark.parametrize("ended", sorted(TERMINAL))
def test_run_that_never_ran_starts_as_it_ends(ended: str) -> None:
    run = walk((PENDING, 0), (ended, 5))
    assert (run.start_time, run.end_time, run.total_run_time) == (at(5), at(5), timedelta())


def test_end_is_the_first_one_until_the_run_goes_on() -> None:
    assert walk((RUNNING, 0), (FAILED, 2), (COMPLETED, 3)).end_time == at(2)
    assert walk((RUNNING, 0), (FAILED, 2), (RUNNING, 3)).end_time is None
    assert walk((RUNNING, 0), (FAILED, 2), (RUNNING, 3), (COMPLETED, 7)).end_time == at(7)


def test_only_running_states_add_to_the_run_time() -> None:
    run = walk((PENDING, 0), (RUNNING, 10), (SCHEDULED, 13), (RUNNING, 100), (RUNNING, 101), (COMPLETED, 105))
    assert run.total_run_time == timedelta(seconds=3 + 1 + 4)


def test_each_running_state_is_an_attempt_unless_it_resumes() -> None:
    run = walk((RUNNING, 0), (FAILED, 1), (RUNNING, 2))
    assert run.run_count == 2
    enter_state(run, None, RunState(RUNNING, "Running", at(3)), counts=False)
    assert run.run_count == 2


def test_expected_start_is_the_first_scheduled_time_or_the_first_state() -> None:
    assert walk((PENDING, 4), (RUNNING, 5)).expected_start_time == at(4)
    run = FlowRun()
    first = scheduled_state("Scheduled", at(60), at(0))
    enter_state(run, None, first)
    assert (run.expected_start_time, run.next_scheduled_start_time) == (at(60), at(60))
    retry = scheduled_state("AwaitingRetry", at(90), at(70))
    enter_state(run, first, retry)
    assert (run.expected_start_time, run.next_scheduled_start_time) == (at(60), at(90))
    enter_state(run, retry, RunState(RUNNING, "Running", at(91)))
    assert run.next_scheduled_start_time is None


def test_timestamps_of_a_run_differ() -> None:
    current = RunState(RUNNING, "Running", at(5))
    assert timestamp_after(None, at(1)) == at(1)
    assert timestamp_after(current, at(6)) == at(6)
    for not_later in (5, 1):
        assert timestamp_after(current, at(not_later)) == at(5) + timedelta(microseconds=1)
