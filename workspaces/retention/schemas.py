"""Request and response bodies of retention. Prefect Cloud has no such endpoints."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from workspaces.retention.models import MOST_DAYS
from workspaces.shapes import Body, Text

Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]


class WorkspaceDaysUpdate(Body):
    """Missing fields stay unchanged. Null means the days of the account."""

    runs: Days | None = None
    events: Days | None = None
    logs: Days | None = None
    artifacts: Days | None = None


class AccountDaysUpdate(WorkspaceDaysUpdate):
    """Missing fields stay unchanged. Null means the days of the plan."""

    audit: Days | None = None


class DaysKept(BaseModel):
    """Null is for ever."""

    runs: int | None
    events: int | None
    logs: int | None
    artifacts: int | None
    audit: int | None


class RemovedRows(BaseModel):
    day: date
    kind: str
    rows: int
    workspace_id: UUID | None
    workspace_name: str


class KindForecast(BaseModel):
    """Bytes are estimates: now, and in 30 days if as many rows come as in the last week."""

    kind: str
    rows: int
    rows_a_day: float
    bytes_now: int
    bytes_then: int


class AccountRetention(BaseModel):
    """`chosen` is what the account's admins chose, `effective` what holds."""

    plan: DaysKept
    chosen: DaysKept
    effective: DaysKept
    history: list[RemovedRows]
    forecast: list[KindForecast]


class LegalHold(BaseModel):
    workspace_id: UUID
    reason: str
    set_by: str
    since: datetime


class WorkspaceRetention(BaseModel):
    account: DaysKept
    chosen: DaysKept
    effective: DaysKept
    legal_hold: LegalHold | None
    pruned: datetime | None


class HoldUpdate(Body):
    reason: Annotated[Text, Field(max_length=5000)]


class DayCount(BaseModel):
    kind: str
    day: date
    rows: int


class Preview(BaseModel):
    """What would be removed, by day and in total. On legal hold, nothing is."""

    totals: dict[str, int]
    days: list[DayCount]


class WorkspaceInPreview(BaseModel):
    workspace_id: UUID
    totals: dict[str, int]


class AccountPreview(BaseModel):
    """The largest workspaces only, if there are many: `left_out` is the number of the others.

    `totals` also has the `audit` entries of the account.
    """

    totals: dict[str, int]
    workspaces: list[WorkspaceInPreview]
    left_out: int
