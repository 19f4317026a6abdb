"""Create a work pool: choose a type of workers, then fill in a form made from its job template."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import blame
from accounts.pages import sent_once
from core.errors import Forbidden, Invalid
from rbac import scopes
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.pool_pages.forms import NewPoolForm
from workspaces.pool_pages.rows import find_type, type_icon
from workspaces.pool_pages.template_fields import with_defaults
from workspaces.work_pools.services.pools import create_pool
from workspaces.work_pools.worker_types import worker_types

_FIRST = ("process", "docker", "kubernetes")  # the others follow by name


@workspace_page(scopes.WRITE_WORK_POOLS)
@require_safe
def choose_type(request: WorkspaceRequest) -> HttpResponse:
    """Show the types of workers."""
    types = [kind for of_package in worker_types().values() for kind in of_package.values()]
    types.sort(key=lambda kind: (kind["type"] not in _FIRST, kind["display_name"]))
    context = {"types": [{**kind, "icon": type_icon(kind["type"])} for kind in types]}
    return render(request, "workspaces/work_pools/choose_type.html", context)


@sent_once
@workspace_page(scopes.WRITE_WORK_POOLS)
@require_http_methods(["GET", "POST"])
def create(request: WorkspaceRequest, pool_type: str) -> HttpResponse:
    known = find_type(pool_type)
    if known is None:
        raise Http404
    template = known["default_base_job_configuration"]
    form = NewPoolForm(request.POST or None, template=template)
    if request.method == "POST" and form.is_valid():
        fields = {field: form.cleaned_data[field] for field in ("name", "description", "concurrency_limit")}
        fields |= {"type": pool_type, "base_job_template": with_defaults(template, form)}
        try:
            pool = create_pool(request.workspace, fields, actor=request.user.as_actor())
            messages.success(request, f"The work pool {pool.name} was created.")
            return redirect(f"{address(request.workspace, 'work-pool', pool.name)}?created")
        except Forbidden as error:
            form.add_error("name", str(error))
        except Invalid as error:
            blame(form, error, "name")
    status = 422 if form.errors else 200
    return render(request, "workspaces/work_pools/create.html", {"form": form, "type": known}, status=status)
