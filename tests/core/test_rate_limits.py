"""Windows of a minute, counted by several processes that report to each other in blocks."""

import asyncio
from collections import defaultdict
from typing import Any

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from core import rate_limits
from core.rate_limits import PERIOD, RateLimiter
from core.shared_counters import SharedCounters
from tests.at_once import at_once

CALLS = st.lists(
    st.tuples(st.integers(0, 2), st.floats(0, 40), st.integers(1, 30)), max_size=80
)  # which process, how many seconds later, at what cost


class Shared:
    """What Redis does, in memory; it can be away, and it counts how often it is asked."""

    def __init__(self) -> None:
        self.values: defaultdict[str, int] = defaultdict(int)
        self.away, self.asked = False, 0

    def are_reachable(self) -> bool:
        return True

    def add(self, name: str, amount: int) -> int | None:
        self.asked += 1
        if self.away:
            return None
        self.values[name] += amount
        return self.values[name]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@settings(max_examples=60)
@given(limit=st.integers(1, 2_000), calls=CALLS)
def test_windows_admit_the_limit_and_a_known_overshoot_and_refuse_nothing_below_it(
    limit: int, calls: list[tuple[int, float, int]]
) -> None:
    clock, shared = Clock(), Shared()
    processes = [RateLimiter("test", counters=shared, clock=clock) for _ in range(3)]
    admitted: defaultdict[int, int] = defaultdict(int)
    dearest = max((cost for _, _, cost in calls), default=0)
    for process, later, cost in calls:
        clock.now += later
        window = int(clock.now // PERIOD)
        wait = processes[process].take("somebody", limit, cost)
        if wait:
            assert admitted[window] >= limit
            assert 1 <= wait <= PERIOD
            assert int((clock.now + wait) // PERIOD) == window + 1
        else:
            admitted[window] += cost
        assert admitted[window] <= limit + dearest + len(processes) * (limit // 100)


@settings(max_examples=60)
@given(limit=st.integers(1, 50), calls=CALLS)
def test_small_limits_are_exact_for_single_calls(limit: int, calls: list[tuple[int, float, int]]) -> None:
    clock, shared = Clock(), Shared()
    processes = [RateLimiter("test", counters=shared, clock=clock) for _ in range(3)]
    admitted: defaultdict[int, int] = defaultdict(int)
    for process, later, _ in calls:
        clock.now += later / 10
        refused = processes[process].take("somebody", limit)
        window = int(clock.now // PERIOD)
        assert bool(refused) == (admitted[window] >= limit)
        admitted[window] += not refused


@pytest.mark.parametrize("offset", [0, 0.001, 29.5, 59.0, 59.999])
def test_a_call_after_the_seconds_to_wait_succeeds(offset: float) -> None:
    clock = Clock()
    clock.now = 600 * PERIOD + offset
    limiter = RateLimiter("test", clock=clock)
    assert limiter.take("somebody", 1) == 0
    wait = limiter.take("somebody", 1)
    clock.now += wait
    assert limiter.take("somebody", 1) == 0


def test_subjects_do_not_share_a_limit_and_zero_is_no_limit() -> None:
    limiter = RateLimiter("test", clock=Clock())
    assert [limiter.take("one", 2) > 0 for _ in range(3)] == [False, False, True]
    assert limiter.take("other", 2) == 0
    assert [limiter.take("other", 0, 1_000) for _ in range(3)] == [0, 0, 0]


def test_a_batch_larger_than_the_limit_gets_through_in_a_fresh_minute() -> None:
    clock = Clock()
    limiter = RateLimiter("test", clock=clock)
    assert limiter.take("somebody", 10, 1_000) == 0
    clock.now += limiter.take("somebody", 10, 1_000)
    assert limiter.take("somebody", 10, 1_000) == 0


def test_most_calls_ask_no_other_process() -> None:
    shared = Shared()
    limiter = RateLimiter("test", counters=shared, clock=Clock())
    for _ in range(5_000):
        limiter.take("somebody", 10_000)
    assert shared.asked == 50


def test_while_the_counters_are_away_each_process_counts_alone_and_reports_later() -> None:
    shared = Shared()
    limiter = RateLimiter("test", counters=shared, clock=Clock())
    shared.away = True
    assert [limiter.take("somebody", 3) > 0 for _ in range(4)] == [False, False, False, True]
    assert [limiter.take("other", 30) > 0 for _ in range(20)] == [False] * 20
    shared.away = False
    limiter.take("other", 30)
    assert list(shared.values.values()) == [21]


def test_memory_is_bounded_and_who_used_much_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "MOST_SUBJECTS", 100)
    limiter = RateLimiter("test", clock=Clock())
    for _ in range(3):
        limiter.take("attacker", 3)
    for number in range(1_000):
        limiter.take(f"address {number}", 3)
        assert len(limiter._usage) <= 100
    assert limiter.take("attacker", 3) > 0


def test_threads_of_one_process_share_the_limit() -> None:
    limiter = RateLimiter("test", counters=Shared(), clock=Clock())
    admitted = at_once(*[lambda: sum(limiter.take("somebody", 1_000) == 0 for _ in range(500)) for _ in range(4)])
    assert 1_000 <= sum(admitted) <= 1_000 + 4 * 10


def test_the_event_loop_takes_from_the_same_limit() -> None:
    limiter = RateLimiter("test", counters=Shared(), clock=Clock())

    async def take(times: int) -> list[bool]:
        return [await limiter.take_async("somebody", 3) > 0 for _ in range(times)]

    assert limiter.take("somebody", 3) == 0
    assert asyncio.run(take(3)) == [False, False, True]


def test_processes_share_their_counts_in_redis(settings: Any) -> None:
    if not settings.REDIS_URL:
        pytest.skip("there is no Redis here")
    processes = [RateLimiter("test", counters=SharedCounters(), clock=Clock()) for _ in range(2)]
    refused = [processes[number % 2].take("somebody", 4) > 0 for number in range(6)]
    assert refused == [False, False, False, False, True, True]
    client = redis.Redis.from_url(settings.REDIS_URL)
    assert all(0 < client.ttl(key) <= 180 for key in client.keys("bailiwick:*:test:*"))


def test_a_redis_that_does_not_answer_refuses_nobody(settings: Any, caplog: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limiter = RateLimiter("test", counters=SharedCounters(), clock=Clock())
    assert [limiter.take("somebody", 3) > 0 for _ in range(4)] == [False, False, False, True]
    assert [record.getMessage()[:27] for record in caplog.records] == ["Each process counts alone f"]
