"""Work pools."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from workspaces.filters.paging import Numbered, Page, Paged
from workspaces.filters.work_pools import WorkPoolFilter
from workspaces.shapes import Body, Count, Filter, Name, Request, Resource, Text, Time, Values
from workspaces.work_pools.job_templates import TEMPLATE_BYTES, check_template

_STORAGE_BYTES = 32_768
# A list answers with 200 pools at once.
_BODY_BYTES = TEMPLATE_BYTES + _STORAGE_BYTES
Status = Literal["READY", "NOT_READY", "PAUSED"]
Limit = Annotated[int, Field(ge=0, le=2**31 - 1)]
PoolType = Annotated[Text, Field(max_length=1024)]
Description = Annotated[Text, Field(max_length=5000)]
Template = Annotated[dict[str, Any], AfterValidator(check_template)]


class StorageConfiguration(Body):
    """How flows are packed for runs of the pool, and where results are stored by default."""

    bundle_upload_step: dict[str, Any] | None = None
    bundle_execution_step: dict[str, Any] | None = None
    default_result_storage_block_id: UUID | None = None


class WorkPoolCreate(Body):
    MOST_BYTES: ClassVar[int] = _BODY_BYTES

    name: Name
    description: Description | None = None
    type: PoolType = "prefect-agent"
    base_job_template: Template = {}
    is_paused: bool = False
    concurrency_limit: Limit | None = None
    storage_configuration: StorageConfiguration = StorageConfiguration()


class WorkPoolUpdate(Body):
    """Fields that are not sent do not change."""

    MOST_BYTES: ClassVar[int] = _BODY_BYTES

    description: Description | None = None
    is_paused: bool | None = None
    base_job_template: Template | None = None
    concurrency_limit: Limit | None = None
    storage_configuration: StorageConfiguration | None = None


class WorkPool(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: Name
    description: str | None
    type: str
    base_job_template: dict[str, Any]
    is_paused: bool
    concurrency_limit: Count | None
    status: Status | None
    default_queue_id: UUID | None
    storage_configuration: StorageConfiguration
    active_slots: int | None


WorkPoolSort = Literal["NAME_ASC", "NAME_DESC"]


class WorkPoolsCount(Filter):
    work_pools: WorkPoolFilter | None = None


class WorkPoolsFilter(WorkPoolsCount, Page):
    sort: WorkPoolSort | None = None
    exclude_base_job_template: bool = False


class WorkPoolsPaginate(WorkPoolsCount, Numbered):
    sort: WorkPoolSort | None = None
    include_base_job_template: bool = False


class WorkPoolPage(Paged):
    results: list[WorkPool]


class WorkPoolsMyAccess(Request):
    work_pool_ids: Values[UUID] = []
    work_pool_names: Values[Text] = []
