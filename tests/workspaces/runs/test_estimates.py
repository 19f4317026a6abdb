"""Durations and lateness in answers, derived from the columns of a run."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workspaces.runs.estimates import add_estimates
from workspaces.runs.states import CANCELLED, COMPLETED, PENDING, RUNNING, SCHEDULED

pytestmark = pytest.mark.one_database(reason="no SQL")

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def estimates(**columns: Any) -> tuple[float, float, float]:
    """The total and the estimated run time, and the lateness."""
    row = {
        "state_type": PENDING,
        "state_timestamp": None,
        "total_run_time": timedelta(),
        "expected_start_time": None,
        "start_time": None,
        **columns,
    }
    add_estimates(row, NOW)
    assert "state_timestamp" not in row
    return row["total_run_time"], row["estimated_run_time"], row["estimated_start_time_delta"]


def test_running_time_goes_on_while_the_run_is_running() -> None:
    total = timedelta(seconds=10)
    assert estimates(state_type=RUNNING, state_timestamp=ago(5), total_run_time=total)[:2] == (10, 15)
    assert estimates(state_type=COMPLETED, state_timestamp=ago(5), total_run_time=total)[:2] == (10, 10)
    assert estimates(state_type=RUNNING, state_timestamp=ago(-5), total_run_time=total)[:2] == (10, 10)


@pytest.mark.parametrize(
    ("columns", "late"),
    [
        ({}, 0),
        ({"expected_start_time": ago(60), "start_time": ago(20), "state_type": RUNNING}, 40),
        ({"expected_start_time": ago(20), "start_time": ago(60), "state_type": RUNNING}, 0),
        ({"expected_start_time": ago(60), "state_type": SCHEDULED}, 60),
        ({"expected_start_time": ago(-60), "state_type": SCHEDULED}, 0),
        ({"expected_start_time": ago(60), "state_type": CANCELLED}, 0),
    ],
)
def test_lateness(columns: dict[str, Any], late: float) -> None:
    assert estimates(**columns)[2] == late
