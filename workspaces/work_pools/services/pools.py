"""Create, change and delete work pools."""

from collections.abc import Mapping, Set
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from auditlog.actors import Actor
from core.db.unique import refuse_taken
from core.errors import Forbidden, NotFound, Taken
from workspaces.audit import record_in
from workspaces.caps import check_account_limit, check_workspace_cap
from workspaces.models import Workspace
from workspaces.work_pools.events import store_pool_event, store_queue_event
from workspaces.work_pools.job_templates import check_default_variables, check_takes_run_keys
from workspaces.work_pools.models import NOT_READY, PAUSED, WorkPool, WorkQueue
from workspaces.work_pools.statuses import AGENT, pool_status, set_pool_status

AGENT_POOL = "default-agent-pool"  # has the queues that are created without a pool, as agents did
DEFAULT_QUEUE = "default"
_RESERVED = "Work pools starting with 'Prefect' are reserved for internal use"
# Whoever reads the audit log may not be allowed to see templates and storage, which can hold secrets.
_NOT_AUDITED = {"base_job_template", "storage_configuration"}


def find_pool(workspace: Workspace, name: str) -> WorkPool:
    """Return the workspace's pool with this name. Raises `NotFound`."""
    pool = WorkPool.objects.filter(workspace=workspace, name=name).first()
    if pool is None:
        raise NotFound(missing_message(name))
    return pool


def missing_message(name: str) -> str:
    return f'Work pool "{name}" not found.'


def pools_of_account(account_id: UUID) -> QuerySet[WorkPool]:
    """Return the pools in all workspaces of an account, which its plan limits. Those in the trash do not count."""
    return WorkPool.objects.filter(workspace__account=account_id, workspace__trashed_at=None)


@transaction.atomic
def create_pool(workspace: Workspace, fields: Mapping[str, Any], *, actor: Actor) -> WorkPool:
    """Create a pool with its default queue. `fields` are those of the model that a client may set.

    Raises `Taken` if the workspace has a pool with this name; `Forbidden` if the name is reserved; `Invalid` if a
    default of the job template is not valid, or the workspace has as many pools as it may have; and `NotFound` if the
    template refers to a block that does not exist.
    """
    if _is_reserved(fields["name"]):
        raise Forbidden(f"{_RESERVED}.")
    check_default_variables(fields.get("base_job_template") or {})
    check_account_limit(workspace, "work_pools", pools_of_account(workspace.account_id))
    if fields.get("run_keys"):
        check_takes_run_keys(fields.get("base_job_template") or {})
    check_workspace_cap(workspace, "work_pools", WorkPool.objects.filter(workspace=workspace))
    now = timezone.now()
    with refuse_taken("A work pool with this name already exists."):
        pool = WorkPool.objects.create(workspace=workspace, created=now, updated=now, **fields)
    queue = WorkQueue.objects.create(
        workspace=workspace,
        work_pool=pool,
        name=DEFAULT_QUEUE,
        description="The work pool's default queue.",
        created=now,
        updated=now,
    )
    pool.default_queue = queue
    pool.save(update_fields=["default_queue"])
    record_in(workspace, "work-pool.created", actor=actor, object_id=pool.id, object_name=pool.name, type=pool.type)
    store_queue_event(queue, pool, "created")
    store_pool_event(pool, "created")
    set_pool_status(pool, PAUSED if pool.is_paused else NOT_READY)
    return pool


def get_or_create_agent_pool(workspace: Workspace, *, actor: Actor) -> WorkPool:
    """Return the pool for queues that are created without one."""
    pool = WorkPool.objects.filter(workspace=workspace, name=AGENT_POOL).first()
    if pool is not None:
        return pool
    try:
        return create_pool(workspace, {"name": AGENT_POOL, "type": AGENT}, actor=actor)
    except Taken:  # another request was faster
        return find_pool(workspace, AGENT_POOL)


@transaction.atomic
def update_pool(pool: WorkPool, changes: Mapping[str, Any], *, actor: Actor) -> None:
    """Change the fields in `changes`, by name. The status follows `is_paused`.

    Raises `NotFound` if the pool was deleted, or the new job template refers to a block that does not exist;
    `Forbidden` if the name is reserved and more than the limit and the pause is to change; and `Invalid` if a default
    of the template is not valid, or runs are to have keys that the template does not pass on.
    """
    refuse_reserved_update(pool.name, changes.keys())
    if changes.get("base_job_template"):
        check_default_variables(changes["base_job_template"])
    row = lock_pool(pool)
    if changes.get("run_keys", row.run_keys):
        check_takes_run_keys(changes.get("base_job_template", row.base_job_template))
    changed = {
        field: {"from": getattr(row, field), "to": value}
        for field, value in changes.items()
        if getattr(row, field) != value
    }
    for field, value in changes.items():
        setattr(row, field, value)
    row.updated = timezone.now()
    row.save(update_fields=[*changes, "updated"])
    told = {field: change for field, change in changed.items() if field not in _NOT_AUDITED}
    record_in(
        row.workspace,
        "work-pool.updated",
        actor=actor,
        object_id=row.id,
        object_name=row.name,
        fields=sorted(changed),
        **told,
    )
    if in_event := {field: change for field, change in changed.items() if field != "is_paused"}:
        store_pool_event(row, "updated", in_event)
    if "is_paused" in changes:
        set_pool_status(row, pool_status(row))


@transaction.atomic
def delete_pool(pool: WorkPool, *, actor: Actor) -> None:
    """Delete a pool with its queues and workers. Deployments and runs stay, without a queue.

    Raises `Forbidden` if the name is reserved, and `NotFound` if the pool was deleted before.
    """
    refuse_reserved_deletion(pool.name)
    row = lock_pool(pool)
    for queue in row.queues.order_by("priority"):
        store_queue_event(queue, row, "deleted")
    store_pool_event(row, "deleted")
    record_in(row.workspace, "work-pool.deleted", actor=actor, object_id=row.id, object_name=row.name)
    row.delete()


def lock_pool(pool: WorkPool) -> WorkPool:
    """Lock a pool until the transaction ends, and return its current row. Raises `NotFound` if it was deleted.

    Lock the pool before its queues and workers.
    """
    rows = WorkPool.objects.select_for_update(no_key=True, of=("self",)).select_related("workspace")
    row = rows.filter(workspace=pool.workspace_id, id=pool.id).first()
    if row is None:
        raise NotFound(missing_message(pool.name))
    return row


def refuse_reserved_update(name: str, fields: Set[str]) -> None:
    """Raise `Forbidden` if a pool with this name may not change these fields, whether it exists or not."""
    if _is_reserved(name) and fields - {"is_paused", "concurrency_limit"}:
        raise Forbidden(f"{_RESERVED} and can only be updated to set concurrency limits or pause.")


def refuse_reserved_deletion(name: str) -> None:
    """Raise `Forbidden` if a pool with this name may not be deleted, whether it exists or not."""
    if _is_reserved(name):
        raise Forbidden(f"{_RESERVED} and can not be deleted.")


def _is_reserved(name: str) -> bool:
    return name.lower().startswith("prefect")
