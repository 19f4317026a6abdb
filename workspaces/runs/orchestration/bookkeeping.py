"""Set the columns of a flow run or task run that follow from every stored state.

See docs/contract/orchestration.md, "Bookkeeping".
"""

from datetime import datetime, timedelta

from workspaces.runs.models.runs import Run
from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.states import RUNNING, SCHEDULED, TERMINAL

COLUMNS = [
    "state_type",
    "state_name",
    "state_timestamp",
    "start_time",
    "end_time",
    "total_run_time",
    "expected_start_time",
    "next_scheduled_start_time",
    "run_count",
    "updated",
]


def timestamp_after(current: RunState | None, timestamp: datetime) -> datetime:
    """Return `timestamp`, or a microsecond after the current state's if it is not later.

    The states of a flow run have different timestamps even if the clock stands still.
    """
    if current is not None and timestamp <= current.timestamp:
        return current.timestamp + timedelta(microseconds=1)
    return timestamp


def enter_state(run: Run, current: RunState | None, state: RunState, *, counts: bool = True) -> None:
    """Set `COLUMNS` of a run that goes from `current` to `state`. `counts`: whether RUNNING is another attempt."""
    previous_type = current.type if current else None
    run.state_type, run.state_name, run.state_timestamp = state.type, state.name, state.timestamp
    if state.type == RUNNING and run.start_time is None:
        run.start_time = state.timestamp
    if previous_type in TERMINAL and state.type not in TERMINAL:
        run.end_time = None
    if state.type in TERMINAL and run.end_time is None:
        run.end_time = state.timestamp
        run.start_time = run.start_time or state.timestamp
    if current is not None and previous_type == RUNNING:
        run.total_run_time += state.timestamp - current.timestamp
    if run.expected_start_time is None:
        run.expected_start_time = (state.scheduled_time if state.type == SCHEDULED else None) or state.timestamp
    run.next_scheduled_start_time = state.scheduled_time if state.type == SCHEDULED else None
    if state.type == RUNNING and counts:
        run.run_count += 1
    run.updated = state.timestamp
