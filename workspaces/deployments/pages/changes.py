"""Pause, resume and delete deployments, promote versions and set access. GET asks, and POST does it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.pages import sent_once
from core.errors import Forbidden, Invalid, NotFound
from core.pages.query_strings import search_text
from rbac import scopes
from rbac.access_lists import MANAGE
from workspaces.access_list_forms import save_access_form
from workspaces.deployments.access import check_pool_of_version, find_deployment
from workspaces.deployments.models import Deployment
from workspaces.deployments.pages.one_deployment import show_deployment
from workspaces.deployments.services.deployments import delete_deployment, set_paused
from workspaces.deployments.services.versions import promote_version
from workspaces.pages import WorkspaceRequest, address, workspace_page

WHAT_PAUSING_DOES = "Its schedules create no runs until it is resumed, and runs that they have created are removed."
WHAT_IS_DELETED = (
    "This deletes its schedules and versions, and its runs that have not begun. Other runs stay. This cannot be undone."
)
WHAT_PROMOTING_DOES = (
    "The deployment gets the entrypoint, parameters, tags, job variables and work queue of this version."
)


@sent_once
@workspace_page(scopes.WRITE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def pause(request: WorkspaceRequest, deployment_id: UUID) -> HttpResponse:
    return _switch(request, deployment_id, True)


@sent_once
@workspace_page(scopes.WRITE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def resume(request: WorkspaceRequest, deployment_id: UUID) -> HttpResponse:
    return _switch(request, deployment_id, False)


@sent_once
@workspace_page(scopes.MANAGE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def delete(request: WorkspaceRequest, deployment_id: UUID) -> HttpResponse:
    row = find_deployment(request.access, request.user, deployment_id, MANAGE)
    if request.method == "GET":
        return _ask(request, row, f"Delete {row.name}", WHAT_IS_DELETED, "Delete deployment", danger=True)
    delete_deployment(row, actor=request.user.as_actor())
    messages.success(request, f"Deleted the deployment “{row.name}”.")
    return redirect(address(request.workspace, "deployments"))


@sent_once
@workspace_page(scopes.MANAGE_DEPLOYMENTS)
@require_http_methods(["GET", "POST"])
def promote(request: WorkspaceRequest, deployment_id: UUID, version_id: UUID) -> HttpResponse:
    row = find_deployment(request.access, request.user, deployment_id, MANAGE)
    version = row.versions.filter(id=version_id).first()
    if version is None:
        raise NotFound
    if request.method == "GET":
        name = (version.version_info or {}).get("version", "")
        title = f"Promote version {name} of {row.name}"
        return _ask(request, row, title, WHAT_PROMOTING_DOES, "Promote version", tab="versions")
    check_pool_of_version(request.access, request.user, row, version)
    promote_version(row, version, reason=search_text(request.POST, "reason"), actor=request.user.as_actor())
    messages.success(request, "The version was promoted.")
    return redirect(f"{address(request.workspace, 'deployment', row.id)}?tab=versions")


@sent_once
@workspace_page(scopes.MANAGE_DEPLOYMENTS)
@require_POST
def access(request: WorkspaceRequest, deployment_id: UUID) -> HttpResponse:
    row = find_deployment(request.access, request.user, deployment_id, MANAGE)
    try:
        save_access_form(
            row,
            request.POST.dict(),
            access=request.access,
            user=request.user,
            noun="deployment",
            name=row.name,
            actor=request.user.as_actor(),
        )
    except (Invalid, Forbidden) as error:
        problem = " ".join(error.messages) if isinstance(error, Invalid) else str(error)
        return show_deployment(request, row, "access", status=422, problem=problem)
    messages.success(request, "The access list was saved.")
    return redirect(f"{address(request.workspace, 'deployment', row.id)}?tab=access")


def _switch(request: WorkspaceRequest, deployment_id: UUID, paused: bool) -> HttpResponse:
    row = find_deployment(request.access, request.user, deployment_id, MANAGE)
    verb = "Pause" if paused else "Resume"
    if request.method == "GET":
        text = WHAT_PAUSING_DOES if paused else "Its schedules create runs again."
        return _ask(request, row, f"{verb} {row.name}", text, f"{verb} deployment")
    set_paused(row, paused, actor=request.user.as_actor())
    messages.success(request, f"{row.name} is {'paused' if paused else 'active again'}.")
    return redirect(address(request.workspace, "deployment", row.id))


def _ask(
    request: WorkspaceRequest,
    row: Deployment,
    title: str,
    text: str,
    button: str,
    *,
    danger: bool = False,
    tab: str = "",
) -> HttpResponse:
    back = address(request.workspace, "deployment", row.id) + (f"?tab={tab}" if tab else "")
    context = {"deployment": row, "title": title, "text": text, "button": button, "danger": danger, "back": back}
    return render(request, "workspaces/deployments/confirm.html", context)
