"""Workers."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from django.db.models import Model, Q
from pydantic import Field

from core.rest.filters import Combined, Exact, Part, Times, joined, within
from workspaces.filters.paging import Numbered, Page, Paged
from workspaces.shapes import Filter, Key, Request, Resource, Text, Time, Values

Status = Literal["ONLINE", "OFFLINE"]
_MOST_INTEGRATIONS = 100


class Integration(Resource):
    name: Annotated[Text, Field(max_length=200)]
    version: Annotated[Text, Field(max_length=200)]


class WorkerMetadata(Resource):
    """What a worker says of itself. Only the installed integrations of Prefect are kept."""

    integrations: Annotated[list[Integration], Field(fail_fast=True, max_length=_MOST_INTEGRATIONS)] = []


class Heartbeat(Request):
    MOST_BYTES: ClassVar[int] = 65_536

    name: Key
    heartbeat_interval_seconds: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    return_id: bool = False
    metadata: WorkerMetadata | None = None


class Worker(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: str
    work_pool_id: UUID
    last_heartbeat_time: Time | None
    heartbeat_interval_seconds: int | None
    status: Status
    metadata_: dict[str, Any] | None


class WorkerStatuses(Part):
    any_: Values[Status] | None = None
    not_any_: Values[Status] | None = None


class WorkerFilter(Combined):
    last_heartbeat_time: Times | None = None
    status: WorkerStatuses | None = None
    name: Exact | None = None

    def q(self, model: type[Model]) -> Q:
        conditions = [part.q(column) for column in ("last_heartbeat_time", "name") if (part := getattr(self, column))]
        if self.status is not None:
            conditions.append(within("status", self.status.any_, self.status.not_any_))
        return joined(self.operator, conditions)


WorkerSort = Literal["LAST_HEARTBEAT_DESC", "LAST_HEARTBEAT_ASC", "NAME_ASC", "NAME_DESC", "STATUS_ASC", "STATUS_DESC"]


class WorkersLists(Filter):
    workers: WorkerFilter | None = None


class WorkersFilter(WorkersLists, Page):
    sort: WorkerSort | None = None


class WorkersPaginate(WorkersLists, Numbered):
    sort: WorkerSort | None = None


class WorkerPage(Paged):
    results: list[Worker]
