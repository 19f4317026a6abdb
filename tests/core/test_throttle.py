import time

import pytest

from core import throttle
from core.throttle import Throttle


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_key_is_due_once_per_interval(clock: list[float]) -> None:
    updates = Throttle(60)
    assert [updates.is_due("a"), updates.is_due("b"), updates.is_due("a")] == [True, True, False]
    clock[0] = 59.9
    assert not updates.is_due("a")
    clock[0] = 60.0
    assert [updates.is_due("a"), updates.is_due("a")] == [True, False]


def test_memory_is_bounded(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_MOST_KEYS", 2)
    updates = Throttle(60)
    assert [updates.is_due(key) for key in ("a", "b", "c", "c", "a")] == [True, True, True, False, True]
