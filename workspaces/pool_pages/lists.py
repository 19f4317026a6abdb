"""The page that lists work pools."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.pages.keyset import page, total
from core.pages.query_strings import search_text
from core.rest.shapes import plain
from rbac import scopes
from workspaces.pages import WorkspaceRequest, workspace_page
from workspaces.pool_pages.rows import pool_rows
from workspaces.work_pools.access import visible_pools

ROWS = 25
QUICK_START = 'prefect work-pool create --type process "my-pool"\nprefect worker start --pool "my-pool"'


@workspace_page(scopes.SEE_WORK_POOLS)
@require_safe
def work_pools(request: WorkspaceRequest) -> HttpResponse:
    """Show the page, or its list alone when the page polls."""
    name = search_text(request.GET)
    pools = visible_pools(request.access, request.user).defer("base_job_template", "storage_configuration")
    if name:
        pools = pools.filter(name__icontains=name)
    listed = page(pools, request.GET, key="name", parse=plain, descending=False, size=ROWS)
    context = {
        "page": listed,
        "rows": pool_rows(request.workspace, listed.rows),
        "total": total(listed, pools),
        "name": name,
        "may_write": request.access.allows(scopes.WRITE_WORK_POOLS),
        "quick_start": QUICK_START,
    }
    template = "_rows" if "X-Poll" in request.headers else "list"
    return render(request, f"workspaces/work_pools/{template}.html", context)
