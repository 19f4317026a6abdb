"""A state while it is being decided upon."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from auditlog.ids import new_id
from workspaces.runs import schemas
from workspaces.runs.states import default_name

NO_DETAILS: dict[str, Any] = schemas.StateDetails().model_dump(mode="json")


@dataclass(slots=True)
class RunState:
    """`details` are JSON values under all 18 names of the contract."""

    type: str
    name: str
    timestamp: datetime
    message: str | None = None
    data: Any = None
    details: dict[str, Any] = field(default_factory=lambda: dict(NO_DETAILS))
    id: UUID = field(default_factory=new_id)

    @property
    def scheduled_time(self) -> datetime | None:
        return time_of(self.details["scheduled_time"])

    @property
    def pause_timeout(self) -> datetime | None:
        return time_of(self.details["pause_timeout"])

    @property
    def persisted(self) -> bool:
        """Whether the data leads to a stored result (orchestration.md 2.3)."""
        return isinstance(self.data, dict) and self.data.get("type") != "unpersisted"

    @property
    def kept_data(self) -> Any:
        """What of the data is stored: a note that there is no result stands in the answer only."""
        return None if isinstance(self.data, dict) and not self.persisted else self.data

    def copy(self, **changes: Any) -> "RunState":
        return replace(self, details=dict(self.details), id=new_id(), **changes)


def proposed_state(wanted: schemas.StateCreate, now: datetime) -> RunState:
    """The state that a client proposes, stamped by us."""
    details = wanted.state_details.model_dump(mode="json")
    if wanted.type == "SCHEDULED" and details["scheduled_time"] is None:
        details["scheduled_time"] = now.isoformat()
    return RunState(
        type=wanted.type,
        name=wanted.name or default_name(wanted.type),
        timestamp=now,
        message=wanted.message,
        data=wanted.data,
        details=details,
    )


def scheduled(name: str, when: datetime, now: datetime, message: str | None = None, data: Any = None) -> RunState:
    state = RunState("SCHEDULED", name, now, message, data)
    state.details["scheduled_time"] = when.isoformat()
    return state


def time_of(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def whole_seconds(span: timedelta) -> int:
    """Whole seconds plus the rounded fraction, as a WAIT's delay must be an integer."""
    return span.days * 86400 + span.seconds + round(span.microseconds / 1e6)


def row_state(row: Any) -> RunState:
    """A stored state (FlowRunState or TaskRunState row)."""
    return RunState(
        type=row.type,
        name=row.name,
        timestamp=row.timestamp,
        message=row.message,
        data=row.data,
        details={**NO_DETAILS, **row.state_details},
        id=row.id,
    )
