"""Counters in a file, which the processes of one machine share."""

import time
from pathlib import Path
from typing import Any

import pytest

from core.rate_limits import RateLimiter
from core.shared_counters import SharedCounters

pytestmark = pytest.mark.one_database(reason="no SQL of the site")


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.REDIS_URL, settings.DATA_DIR = "", tmp_path
    return tmp_path


def sharing() -> SharedCounters:
    counters = SharedCounters()
    counters.share_in_file()
    return counters


def test_two_processes_together_admit_the_limit_once(folder: Path) -> None:
    processes = [RateLimiter("test", counters=sharing(), clock=lambda: 1_000.0) for _ in range(2)]
    admitted = sum(not process.take("somebody", 20) for _ in range(20) for process in processes)
    assert admitted == 20


def test_old_counters_are_deleted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counters = sharing()
    assert [counters.add("a", 2), counters.add("a", 3)] == [2, 5]
    later = time.time() + 181
    monkeypatch.setattr(time, "time", lambda: later)
    assert counters.add("b", 1) == 1
    assert counters.add("a", 1) == 1


def test_a_broken_file_refuses_nobody(folder: Path) -> None:
    (folder / "counters.sqlite3").write_bytes(b"broken" * 1_000)
    counters = sharing()
    assert counters.are_reachable()
    assert counters.add("a", 1) is None
    assert not counters.are_reachable()


def test_nothing_is_shared_unless_asked(folder: Path) -> None:
    assert not SharedCounters().are_reachable()
