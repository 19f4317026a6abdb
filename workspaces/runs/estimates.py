"""Durations and estimates of runs, derived from their columns (docs/contract/runs.md, "Derived values")."""

from datetime import datetime, timedelta
from typing import Any

from workspaces.runs.states import RUNNING, TERMINAL


def add_estimates(row: dict[str, Any], now: datetime) -> None:
    """Replace the stored durations of a run's answer by seconds, and add the estimates.

    Removes `state_timestamp`, which answers do not have.
    """
    total: timedelta = row["total_run_time"]
    running_since = row.pop("state_timestamp")
    row["total_run_time"] = total.total_seconds()
    estimated = total
    if row["state_type"] == RUNNING and running_since is not None:
        estimated += max(now - running_since, timedelta())
    row["estimated_run_time"] = estimated.total_seconds()
    row["estimated_start_time_delta"] = _lateness(row, now).total_seconds()


def _lateness(row: dict[str, Any], now: datetime) -> timedelta:
    """Return how much later than expected the run started, or how late it is if it has not started."""
    expected: datetime | None = row["expected_start_time"]
    started: datetime | None = row["start_time"]
    if expected is None:
        return timedelta()
    if started is not None:
        return max(started - expected, timedelta())
    if row["state_type"] not in TERMINAL and expected < now:
        return now - expected
    return timedelta()
