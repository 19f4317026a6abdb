"""Note heartbeats of workers, and delete workers."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.db.unique import refuse_taken
from core.errors import NotFound, Taken
from workspaces.audit import record_in
from workspaces.caps import check_workspace_cap
from workspaces.work_pools.models import NOT_READY, ONLINE, READY, Worker, WorkPool
from workspaces.work_pools.services.pools import lock_pool
from workspaces.work_pools.statuses import set_pool_status


def note_heartbeat(
    pool: WorkPool, name: str, *, interval: int | None, integrations: list[dict[str, Any]] | None, actor: Actor
) -> UUID:
    """Note that a worker of the pool is alive, and return its id. The first heartbeat creates the worker.

    A pool that was not ready is ready then. `None` leaves the stored interval and integrations as they are. Raises
    `Invalid` if the workspace has as many workers as it may have, and `NotFound` if the pool was deleted.
    """
    values: dict[str, Any] = {"last_heartbeat_time": timezone.now(), "status": ONLINE}
    if interval is not None:
        values["heartbeat_interval_seconds"] = interval
    if integrations is not None:
        values["integrations"] = integrations
    try:
        return _note(pool, name, values, actor)
    except Taken:  # another heartbeat of the same worker was faster
        return _note(pool, name, values, actor)


@transaction.atomic
def delete_worker(pool: WorkPool, name: str, *, actor: Actor) -> None:
    """Delete the pool's worker with this name. Raises `NotFound`."""
    worker = pool.workers.select_for_update().filter(workspace=pool.workspace_id, name=name).first()
    if worker is None:
        raise NotFound("Worker not found.")
    _record(pool, worker, "deleted", actor)
    worker.delete()


@transaction.atomic
def _note(pool: WorkPool, name: str, values: dict[str, Any], actor: Actor) -> UUID:
    worker = pool.workers.filter(workspace=pool.workspace_id, name=name).first()
    if worker is None:  # before the pool is locked, because this locks the workspace
        check_workspace_cap(pool.workspace, "workers", Worker.objects.filter(workspace=pool.workspace_id))
    if pool.status == NOT_READY:
        row = lock_pool(pool)
        if row.status == NOT_READY:
            set_pool_status(row, READY)
    if worker is None:
        return _create(pool, name, values, actor).id
    for field, value in values.items():
        setattr(worker, field, value)
    worker.save(update_fields=list(values))
    return worker.id


def _create(pool: WorkPool, name: str, values: dict[str, Any], actor: Actor) -> Worker:
    now = timezone.now()
    with refuse_taken(f"Work pool {pool.name!r} has a worker with the name {name!r}."):
        worker = Worker.objects.create(
            workspace_id=pool.workspace_id, work_pool=pool, name=name, created=now, updated=now, **values
        )
    _record(pool, worker, "created", actor)
    return worker


def _record(pool: WorkPool, worker: Worker, what: str, actor: Actor) -> None:
    name = f"{pool.name}/{worker.name}"
    record_in(pool.workspace, f"worker.{what}", actor=actor, object_id=worker.id, object_name=name)
