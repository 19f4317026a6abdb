"""Queues of work pools."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from workspaces.filters.paging import Numbered, Page, Paged
from workspaces.filters.work_pools import WorkQueueFilter
from workspaces.shapes import Body, Count, Filter, Key, Name, Resource, TagValues, Text, Time, Values
from workspaces.work_pools.priorities import HIGHEST
from workspaces.work_pools.schemas.pools import Limit, Status

Priority = Annotated[int, Field(gt=0, le=HIGHEST)]
Description = Annotated[Text, Field(max_length=5000)]


class QueueFilter(Resource):
    """Which runs an agent takes from the queue. Deprecated."""

    tags: TagValues | None = None
    deployment_ids: Values[UUID] | None = None


class WorkQueueCreate(Body):
    MOST_BYTES: ClassVar[int] = 65_536

    name: Name
    description: Description | None = ""
    is_paused: bool = False
    concurrency_limit: Limit | None = None
    priority: Priority | None = None
    filter: QueueFilter | None = None


class WorkQueueUpdate(Body):
    """Fields that are not sent do not change."""

    MOST_BYTES: ClassVar[int] = 65_536

    name: Key | None = None
    description: Description | None = None
    is_paused: bool = False
    concurrency_limit: Limit | None = None
    priority: Priority | None = None
    last_polled: Time | None = None
    filter: QueueFilter | None = None


class WorkQueue(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: Name
    description: str | None
    is_paused: bool
    concurrency_limit: Count | None
    priority: Annotated[int, Field(gt=0)]
    work_pool_id: UUID | None
    work_pool_name: str | None
    last_polled: Time | None
    status: Status | None
    filter: QueueFilter | None
    active_slots: int | None


class WorkQueueLists(Filter):
    work_queues: WorkQueueFilter | None = None


class WorkQueuesFilter(WorkQueueLists, Page):
    pass


class WorkQueuesPaginate(WorkQueueLists, Numbered):
    pass


class WorkQueuePage(Paged):
    results: list[WorkQueue]


class HealthPolicy(Resource):
    maximum_late_runs: int | None = 0
    maximum_seconds_since_last_polled: int | None = 60


class WorkQueueStatus(Resource):
    """Whether a queue is healthy: it has no late runs and was polled lately."""

    healthy: bool
    late_runs_count: int
    last_polled: Time | None
    health_check_policy: HealthPolicy
