"""The page of a worker, and its removal."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.pages import sent_once
from rbac import scopes
from rbac.access_lists import MANAGE
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.pool_pages.finding import may_manage, worker_of_page
from workspaces.pool_pages.tabs import worker_look
from workspaces.work_pools.services.workers import delete_worker


@workspace_page(scopes.SEE_WORKERS)
@require_safe
def worker(request: WorkspaceRequest, work_pool_name: str, worker_name: str) -> HttpResponse:
    row = worker_of_page(request, work_pool_name, worker_name)
    context = {
        **worker_look(row),
        "pool": row.work_pool,
        "may_delete": request.access.allows(scopes.MANAGE_WORKERS) and may_manage(request, row.work_pool),
        "worker_command": f'prefect worker start --pool "{row.work_pool.name}" --name "{row.name}"',
    }
    return render(request, "workspaces/work_pools/worker.html", context)


@sent_once
@workspace_page(scopes.MANAGE_WORKERS)
@require_http_methods(["GET", "POST"])
def delete(request: WorkspaceRequest, work_pool_name: str, worker_name: str) -> HttpResponse:
    """Ask for confirmation on GET. Remove the worker on POST."""
    row = worker_of_page(request, work_pool_name, worker_name, MANAGE)
    if request.method == "GET":
        return render(request, "workspaces/work_pools/worker_delete.html", {"worker": row, "pool": row.work_pool})
    delete_worker(row.work_pool, row.name, actor=request.user.as_actor())
    messages.success(request, f"Removed the worker “{row.name}”.")
    return redirect(f"{address(request.workspace, 'work-pool', row.work_pool.name)}?tab=workers")
