"""Change the access list of a work pool: add somebody, change a level, remove somebody, open the pool to all roles."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.pages import sent_once
from core.errors import Forbidden, Invalid
from rbac import scopes
from rbac.access_lists import MANAGE
from workspaces.access_lists import set_access_list
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.pool_pages.access_rows import LEVEL_WORDS, access_rows, candidates, requests_of
from workspaces.pool_pages.finding import pool_of_page


@sent_once
@workspace_page(scopes.MANAGE_WORK_POOLS)
@require_http_methods(["GET", "POST"])
def edit(request: WorkspaceRequest, work_pool_name: str) -> HttpResponse:
    """Show a select for each name on the list, and one to add a name. Replace the list on POST."""
    pool = pool_of_page(request, work_pool_name, MANAGE)
    rows = access_rows(pool)
    offered = candidates(request.workspace, [row.key for row in rows])
    problem = ""
    if request.method == "POST":
        levels = _levels(request.POST, {*(row.key for row in rows), *(key for key, _ in offered)})
        try:
            set_access_list(
                pool,
                requests_of(levels),
                access=request.access,
                user=request.user,
                noun="work-pool",
                name=pool.name,
                actor=request.user.as_actor(),
            )
            messages.success(request, f"The access list of {pool.name} was saved.")
            return redirect(f"{address(request.workspace, 'work-pool', pool.name)}?tab=access")
        except Invalid as error:
            problem = str(error.message)
        except Forbidden as error:
            problem = str(error)
    context = {"pool": pool, "rows": rows, "candidates": offered, "levels": LEVEL_WORDS.items(), "problem": problem}
    status = 422 if problem else 200
    return render(request, "workspaces/work_pools/access.html", context, status=status)


def _levels(form: QueryDict, known: set[str]) -> dict[str, str]:
    """Return the level of each key that the form names. Unknown keys and levels are left out."""
    chosen = {name.removeprefix("level-"): level for name, level in form.items() if name.startswith("level-")}
    if added := form.get("add"):
        chosen[added] = form.get("add-level", "")
    return {key: str(level) for key, level in chosen.items() if key in known and level in LEVEL_WORDS}
