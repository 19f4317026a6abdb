"""The pages of a work pool's queues."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import blame
from accounts.pages import sent_once
from accounts.undo import undoable
from core.errors import Invalid
from rbac import scopes
from rbac.access_lists import MANAGE, VIEW
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.pool_pages.finding import may_manage, pool_of_page, queue_of_page
from workspaces.pool_pages.forms import QueueForm, queue_values
from workspaces.pool_pages.rows import active_runs, status_look
from workspaces.pool_pages.run_list import run_list
from workspaces.work_pools.access import permitted_queue
from workspaces.work_pools.models import WorkPool, WorkQueue
from workspaces.work_pools.services.queues import create_queue, delete_queue, update_queue


@workspace_page(scopes.SEE_WORK_QUEUES)
@require_safe
def queue(request: WorkspaceRequest, work_pool_name: str, queue_name: str) -> HttpResponse:
    """Show the page, or its list of runs alone when the page polls."""
    row = queue_of_page(request, work_pool_name, queue_name)
    managed = may_manage(request, row.work_pool)
    context: dict[str, Any] = {
        "queue": row,
        "pool": row.work_pool,
        "status": status_look(row),
        "runs": active_runs(request.workspace, "work_queue", [row.id]).get(row.id, {}),
        "may_write": managed and request.access.allows(scopes.WRITE_WORK_QUEUES),
        "may_delete": managed
        and request.access.allows(scopes.MANAGE_WORK_QUEUES)
        and row.work_pool.default_queue_id != row.id,
        "worker_command": f'prefect worker start --pool "{row.work_pool.name}" --work-queue "{row.name}"',
        "sees_runs": request.access.allows(scopes.SEE_FLOWS),
    }
    if context["sees_runs"]:
        context |= run_list(request, request.workspace.flowruns.filter(work_queue=row))
        if "X-Poll" in request.headers:
            return render(request, "workspaces/runs/_rows.html", context)
    return render(request, "workspaces/work_pools/queue.html", context)


@workspace_page(scopes.SEE_WORK_QUEUES)
@require_safe
def queue_by_id(request: WorkspaceRequest, work_queue_id: UUID) -> HttpResponse:
    """Redirect from the address that the Prefect client prints."""
    row = permitted_queue(request.access, request.user, work_queue_id, VIEW, missing="Work queue not found.")
    return redirect(address(request.workspace, "work-pool-queue", row.work_pool.name, row.name))


@sent_once
@workspace_page(scopes.WRITE_WORK_QUEUES)
@require_http_methods(["GET", "POST"])
def create(request: WorkspaceRequest, work_pool_name: str) -> HttpResponse:
    pool = pool_of_page(request, work_pool_name, MANAGE)
    form = QueueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            create_queue(pool, form.cleaned_data, actor=request.user.as_actor())
            messages.success(request, f"The queue {form.cleaned_data['name']} was created.")
            return redirect(_queues_address(request, pool))
        except Invalid as error:
            blame(form, error, "name")
    return _form(request, form, pool=pool)


@sent_once
@workspace_page(scopes.WRITE_WORK_QUEUES)
@require_http_methods(["GET", "POST"])
def edit(request: WorkspaceRequest, work_pool_name: str, queue_name: str) -> HttpResponse:
    row = queue_of_page(request, work_pool_name, queue_name, MANAGE)
    form = QueueForm(request.POST or None, initial=queue_values(row))
    if request.method == "POST" and form.is_valid():
        changes = {field: form.cleaned_data[field] for field in form.changed_data}
        if changes.get("priority", row.priority) is None:
            del changes["priority"]
        try:
            update_queue(row, changes, actor=request.user.as_actor())
            messages.success(request, f"The queue {form.cleaned_data['name']} was saved.")
            return redirect(_queues_address(request, row.work_pool))
        except Invalid as error:
            blame(form, error, "name")
    return _form(request, form, pool=row.work_pool, queue=row)


@workspace_page(scopes.WRITE_WORK_QUEUES)
@require_POST
def pause(request: WorkspaceRequest, work_pool_name: str, queue_name: str) -> HttpResponse:
    return _set_paused(request, work_pool_name, queue_name, True)


@workspace_page(scopes.WRITE_WORK_QUEUES)
@require_POST
def resume(request: WorkspaceRequest, work_pool_name: str, queue_name: str) -> HttpResponse:
    return _set_paused(request, work_pool_name, queue_name, False)


@sent_once
@workspace_page(scopes.MANAGE_WORK_QUEUES)
@require_http_methods(["GET", "POST"])
def delete(request: WorkspaceRequest, work_pool_name: str, queue_name: str) -> HttpResponse:
    """Ask for confirmation on GET. Delete the queue on POST."""
    row = queue_of_page(request, work_pool_name, queue_name, MANAGE)
    if request.method == "GET":
        return render(request, "workspaces/work_pools/queue_delete.html", {"queue": row, "pool": row.work_pool})
    try:
        delete_queue(row, actor=request.user.as_actor())
        messages.success(request, f"Deleted the queue “{row.name}”.")
    except Invalid as error:
        messages.error(request, error.message)
    return redirect(_queues_address(request, row.work_pool))


def _set_paused(request: WorkspaceRequest, pool_name: str, name: str, paused: bool) -> HttpResponse:
    row = queue_of_page(request, pool_name, name, MANAGE)
    update_queue(row, {"is_paused": paused}, actor=request.user.as_actor())
    done, undo = ("paused", "work-pool-queue-resume") if paused else ("resumed", "work-pool-queue-pause")
    undoable(request, f"The queue {row.name} was {done}.", address(request.workspace, undo, pool_name, row.name))
    return redirect(_queues_address(request, row.work_pool))


def _form(
    request: WorkspaceRequest, form: QueueForm, *, pool: WorkPool, queue: WorkQueue | None = None
) -> HttpResponse:
    context = {"form": form, "pool": pool, "queue": queue}
    status = 422 if form.errors else 200
    return render(request, "workspaces/work_pools/queue_edit.html", context, status=status)


def _queues_address(request: WorkspaceRequest, pool: WorkPool) -> str:
    return f"{address(request.workspace, 'work-pool', pool.name)}?tab=queues"
