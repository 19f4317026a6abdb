"""Create, change and delete the queues of work pools."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.db.unique import refuse_taken
from core.errors import Conflict, NotFound, Taken
from workspaces.audit import record_in
from workspaces.caps import check_workspace_cap
from workspaces.work_pools.events import store_queue_event
from workspaces.work_pools.models import PAUSED, WorkPool, WorkQueue
from workspaces.work_pools.priorities import first_free, renumbered
from workspaces.work_pools.services.pools import lock_pool
from workspaces.work_pools.statuses import queue_status, set_queue_status

_IN_EVENTS = ("name", "description", "concurrency_limit", "priority")


def find_queue(pool: WorkPool, name: str) -> WorkQueue:
    """Return the pool's queue with this name. Raises `NotFound`."""
    queue = pool.queues.filter(workspace=pool.workspace_id, name=name).first()
    if queue is None:
        raise NotFound(missing_message(pool.name, name))
    return queue


def missing_message(pool_name: str, name: str) -> str:
    return f"Work pool queue '{pool_name}/{name}' not found."


def get_or_create_queue(pool: WorkPool, name: str, *, actor: Actor) -> WorkQueue:
    """Return the pool's queue with this name, and create it if there is none.

    Raises `Invalid` if the workspace has as many queues as it may have.
    """
    queue = pool.queues.filter(workspace=pool.workspace_id, name=name).first()
    if queue is not None:
        return queue
    try:
        return create_queue(pool, {"name": name}, actor=actor)
    except Taken:  # another request was faster
        return find_queue(pool, name)


@transaction.atomic
def create_queue(pool: WorkPool, fields: Mapping[str, Any], *, actor: Actor) -> WorkQueue:
    """Create a queue. Without a `priority` in `fields` it gets the first one that is free; others make room for it.

    Raises `Taken` if the pool has a queue with this name, `NotFound` if the pool was deleted, and `Invalid` if the
    workspace has as many queues as it may have.
    """
    check_workspace_cap(pool.workspace, "work_queues", WorkQueue.objects.filter(workspace=pool.workspace_id))
    row = lock_pool(pool)
    others = _in_order(row)
    values = dict(fields)
    if values.get("priority") is None:
        values["priority"] = first_free(priority for _, priority in others)
    if values.get("is_paused"):
        values["status"] = PAUSED
    now = timezone.now()
    with refuse_taken(f"A work queue with this name already exists in work pool {row.name!r}."):
        queue = WorkQueue.objects.create(
            workspace_id=row.workspace_id, work_pool=row, created=now, updated=now, **values
        )
    _renumber(row, renumbered(others, (queue.id, queue.priority)))
    record_in(row.workspace, "work-queue.created", actor=actor, object_id=queue.id, object_name=_full_name(row, queue))
    store_queue_event(queue, row, "created")
    return queue


@transaction.atomic
def update_queue(queue: WorkQueue, changes: Mapping[str, Any], *, actor: Actor) -> None:
    """Change the fields in `changes`, by name. The status follows `is_paused`; a new priority moves other queues.

    Raises `NotFound` if the queue was deleted, and `Taken` if the pool has another queue with the new name.
    """
    pool, row = _lock(queue)
    changed = {
        field: {"from": getattr(row, field), "to": value}
        for field, value in changes.items()
        if getattr(row, field) != value
    }
    for field, value in changes.items():
        setattr(row, field, value)
    row.updated = timezone.now()
    with refuse_taken(f"A work queue with this name already exists in work pool {pool.name!r}."):
        row.save(update_fields=[*changes, "updated"])
    if "priority" in changed:
        others = [pair for pair in _in_order(pool) if pair[0] != row.id]
        _renumber(pool, renumbered(others, (row.id, row.priority)))
    told = {field: change for field, change in changed.items() if field != "last_polled"}
    record_in(
        pool.workspace,
        "work-queue.updated",
        actor=actor,
        object_id=row.id,
        object_name=_full_name(pool, row),
        fields=sorted(told),
        **told,
    )
    if in_event := {field: changed[field] for field in _IN_EVENTS if field in changed}:
        store_queue_event(row, pool, "updated", in_event)
    if "is_paused" in changes and row.is_paused != (row.status == PAUSED):
        set_queue_status(row, pool, queue_status(row))


@transaction.atomic
def delete_queue(queue: WorkQueue, *, actor: Actor) -> None:
    """Delete a queue. Deployments and runs stay, without a queue.

    Raises `Conflict` for the default queue of a pool, and `NotFound` if the queue was deleted before.
    """
    pool, row = _lock(queue)
    if pool.default_queue_id == row.id:
        raise Conflict("The default queue of a work pool cannot be deleted.")
    record_in(pool.workspace, "work-queue.deleted", actor=actor, object_id=row.id, object_name=_full_name(pool, row))
    store_queue_event(row, pool, "deleted")
    row.delete()
    _renumber(pool, renumbered(_in_order(pool)))


def _lock(queue: WorkQueue) -> tuple[WorkPool, WorkQueue]:
    """Lock the pool of a queue, and return both. Raises `NotFound` if one was deleted."""
    pool = lock_pool(WorkPool(id=queue.work_pool_id, workspace_id=queue.workspace_id))
    row = pool.queues.select_for_update(no_key=True).filter(workspace=pool.workspace_id, id=queue.id).first()
    if row is None:
        raise NotFound(missing_message(pool.name, queue.name))
    return pool, row


def _in_order(pool: WorkPool) -> list[tuple[Any, int]]:
    queues = pool.queues.filter(workspace=pool.workspace_id).order_by("priority", "id")
    return list(queues.values_list("id", "priority"))


def _renumber(pool: WorkPool, priorities: Mapping[Any, int]) -> None:
    rows = [WorkQueue(id=queue_id, priority=priority) for queue_id, priority in priorities.items()]
    WorkQueue.objects.bulk_update(rows, ["priority"], batch_size=200)


def _full_name(pool: WorkPool, queue: WorkQueue) -> str:
    return f"{pool.name}/{queue.name}"
