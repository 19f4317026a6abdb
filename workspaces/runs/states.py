"""Types of states (docs/contract/orchestration.md, "State types")."""

SCHEDULED, PENDING, RUNNING, COMPLETED = "SCHEDULED", "PENDING", "RUNNING", "COMPLETED"
FAILED, CANCELLED, CRASHED, PAUSED, CANCELLING = "FAILED", "CANCELLED", "CRASHED", "PAUSED", "CANCELLING"

TYPES = (SCHEDULED, PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, CRASHED, PAUSED, CANCELLING)
TERMINAL = frozenset({COMPLETED, FAILED, CANCELLED, CRASHED})


def default_name(state_type: str) -> str:
    """Return the name of a state that is created without one, such as `Running`."""
    return state_type.title()
