"""Pools that a caller may view, run or manage by their access lists, and what belongs to these pools.

A pool without a list is open to every role that has the scope. Whoever may not view a pool finds nothing of it.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from core.errors import NotFound
from rbac.access_lists import VIEW
from workspaces.access_lists import bypasses_lists, permitted_row, visible_rows
from workspaces.scoping import Access
from workspaces.work_pools.models import WorkPool, WorkQueue
from workspaces.work_pools.services.pools import missing_message

Missing = Callable[[Any], str]


def visible_pools(access: Access, user: User, level: str = VIEW) -> QuerySet[WorkPool]:
    """Return the pools of the workspace on which the user has the level."""
    return visible_rows(WorkPool.objects.filter(workspace=access.workspace), access, user, level)


def visible_queues(access: Access, user: User) -> QuerySet[WorkQueue]:
    """Return the queues of the pools that the user may view."""
    queues = WorkQueue.objects.filter(workspace=access.workspace)
    return queues if bypasses_lists(access) else queues.filter(work_pool__in=visible_pools(access, user))


def permitted_pool(
    access: Access, user: User, name: str, level: str, *, missing: Missing = missing_message
) -> WorkPool:
    """Return the pool with this name.

    Raises `NotFound`, whose text `missing` makes of the name, if the user may not view it, and `Forbidden` if they
    may view it but do not have the level.
    """
    pools = WorkPool.objects.filter(workspace=access.workspace, name=name)
    pool = permitted_row(pools, access, user, level, missing=missing(name))
    pool.workspace = access.workspace
    return pool


def permitted_queue(access: Access, user: User, queue_id: UUID, level: str, *, missing: str) -> WorkQueue:
    """Return the queue with this id, and its pool, if the user has the level on the pool.

    Raises the same errors as `permitted_pool`. `missing` is the text of `NotFound`.
    """
    queue = WorkQueue.objects.filter(workspace=access.workspace, id=queue_id).select_related("work_pool").first()
    if queue is None:
        raise NotFound(missing)
    queue.work_pool = permitted_pool(access, user, queue.work_pool.name, level, missing=lambda name: missing)
    return queue
