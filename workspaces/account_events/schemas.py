"""Shapes of an account's events (docs/contract/events.md, "Of an account")."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field, create_model

from core.rest.shapes import FILTER_BYTES
from workspaces.account_events.filters import AccountEventFilter
from workspaces.shapes import Resource

Countable = Literal["day", "time", "event", "resource", "workspace", "actor"]
TimeUnit = Literal["week", "day", "hour", "minute", "second"]


class EventsBody(BaseModel):
    MOST_BYTES: ClassVar[int] = FILTER_BYTES

    filter: AccountEventFilter | None = None
    limit: Annotated[int, Field(ge=0, le=200)] = 50


class CountBody(BaseModel):
    MOST_BYTES: ClassVar[int] = FILTER_BYTES

    filter: AccountEventFilter | None = None
    time_unit: TimeUnit = "day"
    time_interval: Annotated[float, Field(ge=0.01, le=10_000, allow_inf_nan=False)] = 1.0


PAGE_TOKEN = "page-token"  # noqa: S105  the name of a query parameter
_parameters: dict[str, Any] = {PAGE_TOKEN: (str, ...)}
NextPage = create_model("NextPage", **_parameters)  # no class body can have a field of this name


class AccountEvent(Resource):
    id: UUID
    occurred: datetime
    event: str
    resource: dict[str, str]
    related: list[dict[str, str]]
    payload: dict[str, Any]
    follows: UUID | None
    received: datetime
    account: UUID
    workspace: UUID | None


class EventPage(Resource):
    events: list[AccountEvent]
    total: int
    next_page: str | None


class EventCount(Resource):
    value: str
    label: str
    count: int
    start_time: datetime
    end_time: datetime
