"""The page of a work pool: a head with its status, and tabs, each with a URL of its own."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rbac import scopes
from workspaces.pages import WorkspaceRequest, workspace_page
from workspaces.pool_pages.finding import may_manage, pool_of_page
from workspaces.pool_pages.rows import pool_rows
from workspaces.pool_pages.tabs import TABS
from workspaces.work_pools.models import WorkPool


@workspace_page(scopes.SEE_WORK_POOLS)
@require_safe
def work_pool(request: WorkspaceRequest, work_pool_name: str) -> HttpResponse:
    """Show the page, or its list of runs alone when the page polls."""
    pool = pool_of_page(request, work_pool_name)
    return show_pool(request, pool, request.GET.get("tab", ""))


def show_pool(request: WorkspaceRequest, pool: WorkPool, key: str, *, status: int = 200, **more: Any) -> HttpResponse:
    """Return the page with this tab, or with the first one that the reader may open if it is not one of theirs.

    `more` is added to the context of the template.
    """
    tabs = {key: tab for key, tab in TABS.items() if request.access.allows(tab.scope)}
    if key not in tabs:
        key = next(iter(tabs))
    managed = may_manage(request, pool)
    context: dict[str, Any] = {
        "pool": pool,
        "tab": key,
        "tab_template": f"workspaces/work_pools/tabs/{key}.html",
        **more,
    }
    context |= {
        f"may_{verb}": managed and request.access.allows(scope)
        for verb, scope in (
            ("write", scopes.WRITE_WORK_POOLS),
            ("delete", scopes.MANAGE_WORK_POOLS),
            ("share", scopes.MANAGE_WORK_POOLS),
            ("write_queues", scopes.WRITE_WORK_QUEUES),
            ("delete_workers", scopes.MANAGE_WORKERS),
        )
    }
    context |= tabs[key].context(request, pool)
    if "X-Poll" in request.headers and key == "runs":
        return render(request, "workspaces/runs/_rows.html", context)
    (row,) = pool_rows(request.workspace, [pool])
    counts = {"queues": row.queues, "workers": row.workers}
    context |= {
        "row": row,
        "created": "created" in request.GET,
        "worker_command": f'prefect worker start --pool "{pool.name}"',
        "tabs": [
            {"label": tab.label, "href": f"?tab={each}", "current": each == key, "count": counts.get(each)}
            for each, tab in tabs.items()
        ],
    }
    return render(request, "workspaces/work_pools/pool.html", context, status=status)
