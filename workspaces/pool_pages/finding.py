"""Find the work pool, queue or worker of a page, if its access list lets the reader do what the page does."""

from uuid import UUID

from django.http import Http404

from core.db.ids import parse_uuid
from rbac.access_lists import MANAGE, VIEW
from workspaces.access_lists import visible_rows
from workspaces.pages import WorkspaceRequest
from workspaces.work_pools.access import permitted_pool
from workspaces.work_pools.models import Worker, WorkPool, WorkQueue
from workspaces.work_pools.services.queues import find_queue


def pool_of_page(request: WorkspaceRequest, name: str, level: str = VIEW) -> WorkPool:
    """Return the pool with this name.

    Raises `NotFound` if the reader may not view it, and `Forbidden` if they may view it but do not have the level.
    """
    return permitted_pool(request.access, request.user, name, level)


def queue_of_page(request: WorkspaceRequest, pool_name: str, name: str, level: str = VIEW) -> WorkQueue:
    """Return the queue with this name, and its pool. Raises the errors of `pool_of_page`."""
    pool = pool_of_page(request, pool_name, level)
    queue = find_queue(pool, name)
    queue.work_pool = pool
    return queue


def worker_of_page(request: WorkspaceRequest, pool_name: str, worker: str, level: str = VIEW) -> Worker:
    """Return the worker, which the URL names by id or by name. Raises the errors of `pool_of_page`, and `Http404`."""
    pool = pool_of_page(request, pool_name, level)
    worker_id: UUID | None = parse_uuid(worker)
    workers = pool.workers.filter(workspace=request.workspace)
    found = workers.filter(name=worker) if worker_id is None else workers.filter(id=worker_id)
    row = found.first()
    if row is None:
        raise Http404
    row.work_pool = pool
    return row


def may_manage(request: WorkspaceRequest, pool: WorkPool) -> bool:
    """Return whether the pool's access list lets the reader manage it. Does not check the scope."""
    rows = WorkPool.objects.filter(workspace=request.workspace, id=pool.id)
    return not pool.restricted or visible_rows(rows, request.access, request.user, MANAGE).exists()
