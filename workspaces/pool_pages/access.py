"""Change the access list of a work pool, which also governs its deployments, and switch the keys of runs."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.pages import sent_once
from core.errors import Forbidden, Invalid
from rbac import scopes
from rbac.access_lists import MANAGE
from workspaces.access_list_forms import save_access_form
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.pool_pages.finding import pool_of_page
from workspaces.pool_pages.pool import show_pool
from workspaces.work_pools.services.pools import update_pool


@sent_once
@workspace_page(scopes.MANAGE_WORK_POOLS)
@require_POST
def access(request: WorkspaceRequest, work_pool_name: str) -> HttpResponse:
    pool = pool_of_page(request, work_pool_name, MANAGE)
    try:
        save_access_form(
            pool,
            request.POST.dict(),
            access=request.access,
            user=request.user,
            noun="work-pool",
            name=pool.name,
            actor=request.user.as_actor(),
        )
    except (Invalid, Forbidden) as error:
        return show_pool(request, pool, "access", status=422, problem=_words(error))
    messages.success(request, f"The access list of {pool.name} was saved.")
    return redirect(f"{address(request.workspace, 'work-pool', pool.name)}?tab=access")


@sent_once
@workspace_page(scopes.MANAGE_WORK_POOLS)
@require_POST
def run_keys(request: WorkspaceRequest, work_pool_name: str) -> HttpResponse:
    """Switch the keys of runs on or off, for runs that workers get from now on."""
    pool, enabled = pool_of_page(request, work_pool_name, MANAGE), request.POST.get("enabled") == "on"
    try:
        update_pool(pool, {"run_keys": enabled}, actor=request.user.as_actor())
    except (Invalid, Forbidden) as error:
        return show_pool(request, pool, "access", status=422, run_keys_problem=_words(error))
    runs = "have keys of their own" if enabled else "use the keys of their workers"
    messages.success(request, f"New runs of {pool.name} {runs}.")
    return redirect(f"{address(request.workspace, 'work-pool', pool.name)}?tab=access")


def _words(error: Invalid | Forbidden) -> str:
    return " ".join(error.messages) if isinstance(error, Invalid) else str(error)
