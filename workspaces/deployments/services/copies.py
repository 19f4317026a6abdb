"""Copy a deployment under another name."""

from typing import Any, Literal

from django.db import transaction
from pydantic import ValidationError

from auditlog.actors import Actor
from core.db.unique import refuse_taken
from core.errors import Invalid
from rbac.access_lists import read_list, replace_list
from workspaces.deployments.models import Deployment
from workspaces.deployments.schemas import DeploymentCreate
from workspaces.deployments.services.deployments import create_or_update_deployment
from workspaces.deployments.services.limits import own_name
from workspaces.work_pools.models import WorkPool

Schedules = Literal["keep", "remove", "inactive"]
_COPIED = (
    "version",
    "description",
    "paused",
    "concurrency_options",
    "tags",
    "labels",
    "pull_steps",
    "storage_document_id",
    "infrastructure_document_id",
    "path",
    "entrypoint",
    "parameters",
    "parameter_openapi_schema",
    "enforce_parameter_schema",
    "job_variables",
)
_SCHEDULE = ("schedule", "active", "max_scheduled_runs", "parameters", "slug")


@transaction.atomic
def copy_deployment(
    source: Deployment, *, name: str, schedules: Schedules, pool: WorkPool | None, actor: Actor
) -> Deployment:
    """Create a deployment of the same flow with the fields and the access list of `source`. Versions are not copied.

    `pool` is the pool of `source`. Raises `Taken` if the flow has a deployment with this name, and what creating a
    deployment raises otherwise.
    """
    with refuse_taken("The flow has a deployment with this name."):
        copy, _ = create_or_update_deployment(
            source.workspace, _body(source, name, schedules, pool), pool=pool, existing=None, actor=actor
        )
    if source.restricted:
        replace_list(copy, read_list(source))
    return copy


def _body(source: Deployment, name: str, schedules: Schedules, pool: WorkPool | None) -> DeploymentCreate:
    fields: dict[str, Any] = {field: getattr(source, field) for field in _COPIED}
    fields |= {"name": name, "flow_id": source.flow_id, "schedules": _schedules(source, schedules)}
    if pool is not None and source.work_queue is not None:
        fields |= {"work_pool_name": pool.name, "work_queue_name": source.work_queue.name}
    if (limit := source.concurrency_limit) is not None:
        own = limit.name == own_name(source.id)
        fields |= {"concurrency_limit": limit.limit} if own else {"global_concurrency_limit_id": limit.id}
    try:
        return DeploymentCreate.model_validate(fields)
    except ValidationError as error:  # a name that cannot be used
        raise Invalid(str(error.errors()[0]["msg"])) from None


def _schedules(source: Deployment, schedules: Schedules) -> list[dict[str, Any]]:
    if schedules == "remove":
        return []
    rows = [{field: getattr(row, field) for field in _SCHEDULE} for row in source.schedules.order_by("id")]
    return rows if schedules == "keep" else [{**row, "active": False} for row in rows]
