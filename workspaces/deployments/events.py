"""The events of deployments (docs/contract/deployments.md, "Events")."""

from typing import Any

from workspaces.deployments.models import Deployment
from workspaces.events.lifecycle import store_lifecycle_event

# By the field's name in events: the name of our column.
TRACKED = {
    "description": "description",
    "tags": "tags",
    "parameters": "parameters",
    "parameter_openapi_schema": "parameter_openapi_schema",
    "enforce_parameter_schema": "enforce_parameter_schema",
    "entrypoint": "entrypoint",
    "path": "path",
    "pull_steps": "pull_steps",
    "work_queue_id": "work_queue_id",
    "infra_overrides": "job_variables",
    "paused": "paused",
    "labels": "labels",
    "version": "version",
    "concurrency_limit_id": "concurrency_limit_id",
    "concurrency_options": "concurrency_options",
}


def tracked_values(deployment: Deployment) -> dict[str, Any]:
    """Return the values whose changes an event reports, as JSON."""
    values = {name: getattr(deployment, column) for name, column in TRACKED.items()}
    return {name: str(value) if name.endswith("_id") and value else value for name, value in values.items()}


def changed_values(before: dict[str, Any], deployment: Deployment) -> dict[str, dict[str, Any]]:
    """Return what has changed since `tracked_values` returned `before`."""
    after = tracked_values(deployment)
    return {name: {"from": before[name], "to": after[name]} for name in before if before[name] != after[name]}


def store_deployment_event(
    deployment: Deployment, action: str, *, changes: dict[str, dict[str, Any]] | None = None
) -> None:
    """Store the event of a change, in its transaction. `action` is "created", "updated" or "deleted"."""
    store_lifecycle_event(
        deployment.workspace_id,
        "deployment",
        action,
        object_id=deployment.id,
        name=deployment.name,
        payload={"updated_fields": list(changes), "updates": changes} if changes else {},
        related=related_resources(deployment),
    )


def related_resources(deployment: Deployment) -> list[dict[str, str]]:
    """Return the flow, queue, pool, blocks and limit of a deployment, as events name them."""
    related = [_resource("flow", deployment.flow_id, "flow", deployment.flow.name)]
    if (queue := deployment.work_queue) is not None:
        pool = queue.work_pool
        related += [
            _resource("work-queue", queue.id, "work-queue", queue.name),
            _resource("work-pool", pool.id, "work-pool", pool.name) | {"prefect.work-pool.type": pool.type},
        ]
    if deployment.concurrency_limit_id is not None:
        related.append(_resource("concurrency-limit", deployment.concurrency_limit_id, "concurrency-limit"))
    return related


def _resource(kind: str, row_id: Any, role: str, name: str | None = None) -> dict[str, str]:
    named = {} if name is None else {"prefect.resource.name": name}
    return {"prefect.resource.id": f"prefect.{kind}.{row_id}", "prefect.resource.role": role, **named}
