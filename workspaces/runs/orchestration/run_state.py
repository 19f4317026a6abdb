"""A state of a run in memory: proposed by a client, made by a rule, or read from a row."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.db.ids import new_id
from workspaces.runs import schemas
from workspaces.runs.states import default_name

NO_DETAILS: dict[str, Any] = schemas.StateDetails().model_dump(mode="json")


@dataclass(slots=True)
class RunState:
    """A state of a flow run or task run. `details` has JSON values under all 18 names of the contract."""

    type: str
    name: str
    timestamp: datetime
    message: str | None = None
    data: Any = None
    details: dict[str, Any] = field(default_factory=lambda: dict(NO_DETAILS))
    id: UUID = field(default_factory=new_id)

    @property
    def scheduled_time(self) -> datetime | None:
        """When a SCHEDULED state is to start the run."""
        return parse_time(self.details["scheduled_time"])

    @property
    def pause_timeout(self) -> datetime | None:
        """Until when a PAUSED run can resume."""
        return parse_time(self.details["pause_timeout"])

    @property
    def has_stored_result(self) -> bool:
        """Whether the data leads to a stored result (docs/contract/runs.md, "States")."""
        return isinstance(self.data, dict) and self.data.get("type") != "unpersisted"

    @property
    def stored_data(self) -> Any:
        """The data to store: a note that there is no stored result is in the answer only."""
        return None if isinstance(self.data, dict) and not self.has_stored_result else self.data

    def copy(self, **changes: Any) -> "RunState":
        """Return a copy with an id of its own."""
        return replace(self, details=dict(self.details), id=new_id(), **changes)


def proposed_state(body: schemas.StateCreate, now: datetime) -> RunState:
    """Return the state that a client proposes. Its timestamp is the server's `now`."""
    details = body.state_details.model_dump(mode="json")
    if body.type == "SCHEDULED" and details["scheduled_time"] is None:
        details["scheduled_time"] = now.isoformat()
    return RunState(
        type=body.type,
        name=body.name or default_name(body.type),
        timestamp=now,
        message=body.message,
        data=body.data,
        details=details,
    )


def scheduled_state(
    name: str, scheduled_time: datetime, now: datetime, message: str | None = None, data: Any = None
) -> RunState:
    """Return a SCHEDULED state, such as AwaitingRetry."""
    state = RunState("SCHEDULED", name, now, message, data)
    state.details["scheduled_time"] = scheduled_time.isoformat()
    return state


def stored_state(row: Any) -> RunState:
    """Return the state in a FlowRunState or TaskRunState row."""
    return RunState(
        type=row.type,
        name=row.name,
        timestamp=row.timestamp,
        message=row.message,
        data=row.data,
        details={**NO_DETAILS, **row.state_details},
        id=row.id,
    )


def state_columns(state: RunState) -> dict[str, Any]:
    """Return the columns with which FlowRunState and TaskRunState rows store a state."""
    return {
        "id": state.id,
        "type": state.type,
        "name": state.name,
        "timestamp": state.timestamp,
        "message": state.message,
        "state_details": state.details,
        "data": state.stored_data,
    }


def parse_time(value: str | None) -> datetime | None:
    """Return the time in a detail of a state, or None."""
    return None if value is None else datetime.fromisoformat(value)


def whole_seconds(duration: timedelta) -> int:
    """Round a duration to whole seconds, since the delay of a WAIT answer is an integer."""
    return duration.days * 86400 + duration.seconds + round(duration.microseconds / 1e6)
