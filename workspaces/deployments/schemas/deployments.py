"""Deployments (docs/contract/deployments.md, "Fields")."""

from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from workspaces.deployments.checks import check_given_parameters
from workspaces.deployments.schemas.schedules import (
    MOST_SCHEDULES,
    DeploymentSchedule,
    DeploymentScheduleCreate,
    DeploymentScheduleUpdate,
)
from workspaces.filters.paging import Numbered, Page, Paged
from workspaces.filters.related import RelatedFilters
from workspaces.shapes import Body, CreatedBy, Labels, LimitedJson, Many, Name, Resource, Tags, Text, Time, Whole

_BODY_BYTES = 1_572_864  # half a megabyte each for parameters, their schema and everything else
_OLD_FIELDS = ("worker_pool_queue_id", "worker_pool_name", "worker_pool_queue_name", "work_pool_queue_name")
LimitedObject = Annotated[dict[str, Any], LimitedJson]
_NO_PARAMETERS = {"type": "object", "properties": {}}
ParameterSchema = Annotated[LimitedObject, AfterValidator(lambda schema: schema or _NO_PARAMETERS)]
OwnLimit = Annotated[Whole, Field(gt=0)]


class VersionInfo(BaseModel):
    """What a version is, such as a commit with its branch and address. Any fields are kept."""

    model_config = ConfigDict(extra="allow")

    type: str
    version: str


# In answers, whose fields are checked in tests.
StoredVersionInfo = Annotated[dict[str, Any], WithJsonSchema(VersionInfo.model_json_schema())]


class ConcurrencyOptions(Resource):
    """What to do with a run that finds no free slot, and how long a slot is kept until the run starts."""

    collision_strategy: Literal["ENQUEUE", "CANCEL_NEW"]
    grace_period_seconds: Annotated[int, Field(ge=60, le=86_400)] | None = None


class _Fields(Body):
    """Fields that requests to create and to update a deployment have in common."""

    MOST_BYTES: ClassVar[int] = _BODY_BYTES

    version: Text | None = None
    version_info: Annotated[VersionInfo, LimitedJson] | None = None
    description: Text | None = None
    paused: bool = False
    concurrency_limit: OwnLimit | None = None
    concurrency_options: ConcurrencyOptions | None = None
    global_concurrency_limit_id: UUID | None = None
    tags: Tags = []
    labels: Labels | None = None
    pull_steps: Annotated[Many[dict[str, Any]], LimitedJson] | None = None
    work_queue_name: Name | None = None
    work_pool_name: str | None = None
    storage_document_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    path: Text | None = None
    entrypoint: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_old_fields(cls, values: Any) -> Any:
        """Ignore fields that older clients send, as the reference does."""
        return (
            {name: value for name, value in values.items() if name not in _OLD_FIELDS}
            if isinstance(values, dict)
            else values
        )

    @model_validator(mode="after")
    def _check_limits(self) -> Self:
        if self.concurrency_limit and self.global_concurrency_limit_id:
            raise ValueError("A deployment cannot have both a concurrency limit and a global concurrency limit.")
        return self


class DeploymentCreate(_Fields):
    name: Name
    flow_id: UUID
    schedules: Annotated[Many[DeploymentScheduleCreate], Field(max_length=MOST_SCHEDULES)] = []
    enforce_parameter_schema: bool = True
    parameter_openapi_schema: ParameterSchema | None = _NO_PARAMETERS
    parameters: dict[str, Any] = {}
    job_variables: LimitedObject = {}

    @model_validator(mode="after")
    def _check_parameters(self) -> Self:
        """Check the schema and the parameters if the request itself, not the default, says that they are enforced."""
        if self.enforce_parameter_schema and "enforce_parameter_schema" in self.model_fields_set:
            check_given_parameters(self.parameters, self.parameter_openapi_schema)
        return self


class DeploymentUpdate(_Fields):
    schedules: Annotated[Many[DeploymentScheduleUpdate], Field(max_length=MOST_SCHEDULES)] = []
    enforce_parameter_schema: bool | None = None
    parameter_openapi_schema: ParameterSchema | None = None
    parameters: dict[str, Any] | None = None
    job_variables: LimitedObject | None = None


class GlobalConcurrencyLimit(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    active: bool
    name: str
    limit: int
    active_slots: int
    slot_decay_per_second: float


class Deployment(Resource):
    id: UUID
    created: Time | None
    updated: Time | None
    name: str
    version: str | None
    version_id: UUID | None
    version_info: StoredVersionInfo | None
    description: str | None
    flow_id: UUID
    paused: bool
    disabled: bool
    schedules: list[DeploymentSchedule]
    concurrency_limit: int | None
    global_concurrency_limit: GlobalConcurrencyLimit | None
    concurrency_options: ConcurrencyOptions | None
    job_variables: dict[str, Any]
    parameters: dict[str, Any]
    tags: Tags
    labels: Labels
    work_queue_name: str | None
    work_queue_id: UUID | None
    last_polled: Time | None
    parameter_openapi_schema: dict[str, Any] | None
    path: str | None
    pull_steps: list[dict[str, Any]] | None
    entrypoint: str | None
    storage_document_id: UUID | None
    infrastructure_document_id: UUID | None
    created_by: CreatedBy | None
    updated_by: CreatedBy | None
    work_pool_name: str | None
    status: Literal["READY", "NOT_READY"] | None
    enforce_parameter_schema: bool


DeploymentSort = Literal["CREATED_DESC", "UPDATED_DESC", "NAME_ASC", "NAME_DESC"]


class DeploymentsFilter(RelatedFilters, Page):
    sort: DeploymentSort | None = None


class DeploymentsPaginate(RelatedFilters, Numbered):
    sort: DeploymentSort | None = None


class DeploymentPage(Paged):
    results: list[Deployment]
