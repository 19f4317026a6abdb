"""Debts of processor time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import processor_time
from core.processor_time import BURST, FREE, SERIAL_FROM, ProcessorTime

pytestmark = pytest.mark.one_database(reason="no SQL")

RATE = 0.25


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def spend(times: ProcessorTime, seconds: float) -> int:
    wait = times.enter("somebody", RATE)
    if not wait:
        times.leave("somebody", seconds)
    return wait


def test_requests_of_usual_cost_are_never_refused() -> None:
    times = ProcessorTime(clock=Clock())
    assert {spend(times, FREE) for _ in range(10_000)} == {0}


def test_a_debt_is_worked_off_and_the_seconds_to_wait_are_true() -> None:
    clock = Clock()
    times = ProcessorTime(clock=clock)
    assert spend(times, FREE + BURST + 1) == 0
    wait = spend(times, 0)
    assert wait in {4, 5}
    clock.now += wait - 2
    again = spend(times, 0)
    assert again in {1, 2}
    clock.now += again
    assert spend(times, 0) == 0


def test_who_is_in_debt_runs_one_request_at_a_time() -> None:
    times = ProcessorTime(clock=Clock())
    assert [times.enter("somebody", RATE) for _ in range(3)] == [0, 0, 0]
    for _ in range(3):
        times.leave("somebody", FREE + SERIAL_FROM / 3)
    assert [times.enter("somebody", RATE) for _ in range(3)] == [0, 1, 1]
    assert times.enter("other", RATE) == 0
    times.leave("somebody", 0)
    assert times.enter("somebody", RATE) == 0


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 2)), max_size=100))
def test_over_time_nobody_gets_more_than_the_rate_and_one_burst(calls: list[tuple[float, float]]) -> None:
    clock = Clock()
    times = ProcessorTime(clock=clock)
    spent = 0.0
    for later, seconds in calls:
        clock.now += later
        if not spend(times, seconds):
            spent += max(0.0, seconds - FREE)
        assert spent <= (clock.now - 1_000) * RATE + BURST + 2 + 1e-6


def test_memory_is_bounded_and_debts_are_kept() -> None:
    times = ProcessorTime(clock=Clock())
    spend(times, 5)
    for number in range(2 * processor_time._MOST_SUBJECTS):
        assert times.enter(str(number), RATE) == 0
        times.leave(str(number), 0)
    assert len(times._accounts) <= processor_time._MOST_SUBJECTS + 1
    assert spend(times, 0) > 0
