"""Edit, pause, resume and delete a work pool."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import blame
from accounts.pages import sent_once
from accounts.undo import undoable
from core.errors import Forbidden, Invalid, NotFound
from core.json_text import json_text
from rbac import scopes
from rbac.access_lists import MANAGE
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.pool_pages.finding import pool_of_page
from workspaces.pool_pages.forms import PoolFields, TemplateForm, pool_values
from workspaces.pool_pages.template_fields import with_defaults
from workspaces.work_pools.models import WorkPool
from workspaces.work_pools.services.pools import delete_pool, update_pool


@sent_once
@workspace_page(scopes.WRITE_WORK_POOLS)
@require_http_methods(["GET", "POST"])
def edit(request: WorkspaceRequest, work_pool_name: str) -> HttpResponse:
    pool = pool_of_page(request, work_pool_name, MANAGE)
    template = pool.base_job_template
    form = PoolFields(request.POST or None, template=template, initial=pool_values(pool))
    if request.method == "POST" and form.is_valid():
        changes = {field: form.cleaned_data[field] for field in form.changed_data if field not in form.variables}
        if (filled := with_defaults(template, form)) != template:
            changes["base_job_template"] = filled
        if _saved(request, pool, changes, form, None):
            return redirect(address(request.workspace, "work-pool", pool.name))
    status = 422 if form.errors else 200
    return render(request, "workspaces/work_pools/edit.html", {"form": form, "pool": pool}, status=status)


@sent_once
@workspace_page(scopes.WRITE_WORK_POOLS)
@require_http_methods(["GET", "POST"])
def edit_template(request: WorkspaceRequest, work_pool_name: str) -> HttpResponse:
    """Edit the whole job template as JSON."""
    pool = pool_of_page(request, work_pool_name, MANAGE)
    initial = {"template": json_text(pool.base_job_template, indent=True)}
    form = TemplateForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        changes = {"base_job_template": form.cleaned_data["template"]}
        if _saved(request, pool, changes, form, "template"):
            return redirect(f"{address(request.workspace, 'work-pool', pool.name)}?tab=details")
    status = 422 if form.errors else 200
    return render(request, "workspaces/work_pools/template.html", {"form": form, "pool": pool}, status=status)


@workspace_page(scopes.WRITE_WORK_POOLS)
@require_POST
def pause(request: WorkspaceRequest, work_pool_name: str) -> HttpResponse:
    return _set_paused(request, work_pool_name, True)


@workspace_page(scopes.WRITE_WORK_POOLS)
@require_POST
def resume(request: WorkspaceRequest, work_pool_name: str) -> HttpResponse:
    return _set_paused(request, work_pool_name, False)


@sent_once
@workspace_page(scopes.MANAGE_WORK_POOLS)
@require_http_methods(["GET", "POST"])
def delete(request: WorkspaceRequest, work_pool_name: str) -> HttpResponse:
    """Ask for confirmation on GET. Delete the pool on POST, if its name was typed."""
    pool = pool_of_page(request, work_pool_name, MANAGE)
    if request.method == "GET" or request.POST.get("typed", "").strip() != pool.name:
        wrong = request.method == "POST"
        context = {"pool": pool, "wrong": wrong}
        return render(request, "workspaces/work_pools/delete.html", context, status=422 if wrong else 200)
    delete_pool(pool, actor=request.user.as_actor())
    messages.success(request, f"Deleted the work pool “{pool.name}”.")
    return redirect(address(request.workspace, "work-pools"))


def _set_paused(request: WorkspaceRequest, name: str, paused: bool) -> HttpResponse:
    pool = pool_of_page(request, name, MANAGE)
    update_pool(pool, {"is_paused": paused}, actor=request.user.as_actor())
    done, undo = ("paused", "work-pool-resume") if paused else ("resumed", "work-pool-pause")
    undoable(request, f"The work pool {pool.name} was {done}.", address(request.workspace, undo, pool.name))
    return redirect(address(request.workspace, "work-pool", pool.name))


def _saved(request: WorkspaceRequest, pool: WorkPool, changes: dict[str, Any], form: Any, field: str | None) -> bool:
    """Change the pool, and return whether it worked. If not, the form says why."""
    try:
        if changes:
            update_pool(pool, changes, actor=request.user.as_actor())
    except Forbidden as error:
        form.add_error(None, str(error))
    except NotFound as error:  # a default refers to a block
        form.add_error(field, str(error))
    except Invalid as error:
        blame(form, error, field)
    else:
        messages.success(request, f"The work pool {pool.name} was saved.")
    return not form.errors
