"""Turn rows of deployments into answers of the API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet
from django.utils import timezone

from workspaces.bounded_reading import RowReader, as_text, fragment
from workspaces.concurrency.models import ConcurrencyLimit
from workspaces.concurrency.services.slots import slots_in_use
from workspaces.deployments.models import Deployment, DeploymentSchedule, DeploymentVersion
from workspaces.deployments.schemas import DeploymentSchedule as ScheduleAnswer
from workspaces.deployments.schemas import DeploymentVersion as VersionAnswer
from workspaces.models import Workspace


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_PLAIN = _names(
    "id created updated name version description flow_id paused disabled work_queue_name work_queue_id last_polled "
    "path entrypoint storage_document_id infrastructure_document_id status enforce_parameter_schema"
)
_JSON = _names(
    "concurrency_options job_variables parameters tags labels parameter_openapi_schema pull_steps created_by updated_by"
)
_RELATED = _names(
    "current_version_id concurrency_limit_id work_queue__name work_queue__last_polled work_queue__work_pool__name"
)
_reader = RowReader(Deployment, *_PLAIN, *_RELATED, *as_text("current_version__version_info", *_JSON))
_SCHEDULE_JSON = ("schedule", "parameters")
_SCHEDULE_PLAIN = tuple(name for name in ScheduleAnswer.FIELDS if name not in _SCHEDULE_JSON)
_VERSION_PLAIN = ("id", "created", "updated", "deployment_id")
_versions = RowReader(DeploymentVersion, *_VERSION_PLAIN, *as_text("version_info", "created_by", "snapshot"))
_schedules = RowReader(DeploymentSchedule, *_SCHEDULE_PLAIN, *as_text(*_SCHEDULE_JSON))


def serialize_deployments(workspace: Workspace, deployments: QuerySet[Deployment]) -> list[dict[str, Any]]:
    """Return the answers for deployments, with their schedules and limits, in the queryset's order."""
    rows = [_deployment(values) for values in _reader.read(deployments)]
    schedules = _schedules_of(workspace, [row["id"] for row in rows])
    limits = _limits(workspace, {row["concurrency_limit_id"] for row in rows} - {None})
    for row in rows:
        row["schedules"] = schedules.get(row["id"], [])
        row["global_concurrency_limit"] = limits.get(row.pop("concurrency_limit_id"))
    return rows


def serialize_schedules(schedules: QuerySet[DeploymentSchedule]) -> list[dict[str, Any]]:
    """Return the answers for schedules, those that were updated last first."""
    rows = []
    for values in _schedules.read(schedules.order_by("-updated", "-id")):
        row = dict(zip(_SCHEDULE_PLAIN, values, strict=False))
        rows.append(row | dict(zip(_SCHEDULE_JSON, map(fragment, values[len(_SCHEDULE_PLAIN) :]), strict=True)))
    return rows


def serialize_versions(versions: QuerySet[DeploymentVersion]) -> list[dict[str, Any]]:
    """Return the answers for versions, in the queryset's order."""
    return [_version(values) for values in _versions.read(versions)]


def _deployment(values: tuple[Any, ...]) -> dict[str, Any]:
    json_start = len(_PLAIN) + len(_RELATED)
    row = dict(zip(_PLAIN, values, strict=False))
    version_id, limit_id, queue, queue_polled, pool = values[len(_PLAIN) : json_start]
    version_info, *json_values = map(fragment, values[json_start:])
    row |= zip(_JSON, json_values, strict=True)
    row |= {"version_id": version_id, "version_info": version_info, "concurrency_limit_id": limit_id}
    row |= {"work_queue_name": queue or row["work_queue_name"], "work_pool_name": pool, "concurrency_limit": None}
    row["last_polled"] = _latest(row["last_polled"], queue_polled)
    return row


def _latest(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time is not None), default=None)


def _schedules_of(workspace: Workspace, deployment_ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    rows = DeploymentSchedule.objects.filter(workspace=workspace, deployment__in=deployment_ids)
    by_deployment: dict[UUID, list[dict[str, Any]]] = {}
    for row in serialize_schedules(rows) if deployment_ids else []:
        by_deployment.setdefault(row["deployment_id"], []).append(row)
    return by_deployment


def _limits(workspace: Workspace, limit_ids: Iterable[UUID]) -> dict[UUID | None, dict[str, Any]]:
    """Return the limits by id, with the slots that are in use."""
    if not limit_ids:
        return {}
    limits = ConcurrencyLimit.objects.filter(workspace=workspace, id__in=limit_ids).in_bulk()
    used = slots_in_use(list(limits.values()), timezone.now())
    fields = ("id", "created", "updated", "active", "name", "limit", "slot_decay_per_second")
    return {
        limit.id: {**{field: getattr(limit, field) for field in fields}, "active_slots": used.get(limit.id, 0)}
        for limit in limits.values()
    }


def _version(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(zip(_VERSION_PLAIN, values, strict=False))
    version_info, author, snapshot = values[len(_VERSION_PLAIN) :]
    kept = orjson.loads(snapshot)
    row |= {name: kept[name] for name in VersionAnswer.SNAPSHOT}
    row |= {"version_info": fragment(version_info), "created_by": fragment(author), "updated_by": None}
    return row | {"infra_overrides": row["job_variables"], "last_active": row["updated"]}
