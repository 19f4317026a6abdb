"""The events of work pools and queues, as the Prefect server emits them (docs/contract/work-pools.md, "Statuses")."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from workspaces.events.lifecycle import store_lifecycle_event
from workspaces.work_pools.models import WorkPool, WorkQueue

Changes = Mapping[str, Mapping[str, Any]]  # by field: `from` and `to`


def store_pool_event(pool: WorkPool, action: str, changes: Changes | None = None) -> None:
    """Store the event that a pool was created, updated or deleted."""
    related = []
    if action != "updated" and pool.default_queue_id is not None:
        queue_id = f"prefect.work-queue.{pool.default_queue_id}"
        related.append({"prefect.resource.id": queue_id, "prefect.resource.role": "default-queue"})
    if action != "updated" and (block := pool.storage_configuration.get("default_result_storage_block_id")):
        block_id = f"prefect.block-document.{block}"
        related.append({"prefect.resource.id": block_id, "prefect.resource.role": "result-storage"})
    store_lifecycle_event(
        pool.workspace_id,
        "work-pool",
        action,
        object_id=pool.id,
        name=pool.name,
        payload=_payload(changes),
        related=related,
        labels={"prefect.work-pool.type": pool.type, "prefect.resource.role": "work-pool"},
    )


def store_pool_status_event(pool: WorkPool, follows: UUID | None) -> UUID:
    """Store the event that a pool has its status now, and return the event's id. `follows` is the previous one's."""
    return store_lifecycle_event(
        pool.workspace_id,
        "work-pool",
        _in_event(pool.status),
        object_id=pool.id,
        name=pool.name,
        payload={},
        labels={"prefect.work-pool.type": pool.type},
        follows=follows,
    )


def store_queue_event(queue: WorkQueue, pool: WorkPool, action: str, changes: Changes | None = None) -> None:
    """Store the event that a queue was created, updated or deleted."""
    store_lifecycle_event(
        queue.workspace_id,
        "work-queue",
        action,
        object_id=queue.id,
        name=queue.name,
        payload=_payload(changes),
        related=[pool_resource(pool)],
        labels={"prefect.resource.role": "work-queue"},
    )


def store_queue_status_event(queue: WorkQueue, pool: WorkPool) -> None:
    """Store the event that a queue has its status now."""
    store_queue_event(queue, pool, _in_event(queue.status))


def pool_resource(pool: WorkPool) -> dict[str, str]:
    """Return the pool as a related resource of an event."""
    return {
        "prefect.resource.id": f"prefect.work-pool.{pool.id}",
        "prefect.resource.name": pool.name,
        "prefect.work-pool.type": pool.type,
        "prefect.resource.role": "work-pool",
    }


def _payload(changes: Changes | None) -> dict[str, Any]:
    return {"updated_fields": list(changes), "updates": dict(changes)} if changes else {}


def _in_event(status: str) -> str:
    return status.lower().replace("_", "-")
