"""General settings of a workspace: connecting to it, editing it, deleting it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.forms import blame
from accounts.pages import sent_once
from rbac import scopes
from workspaces.connect import api_url, commands
from workspaces.forms import WorkspaceForm
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.runs import states
from workspaces.runs.pages.keyset import count
from workspaces.services import delete_workspace, update_workspace


@workspace_page(scopes.SEE_WORKSPACE_SETTINGS)
@require_safe
def general(request: WorkspaceRequest) -> HttpResponse:
    workspace, access = request.workspace, request.access
    context = {
        "commands": commands(workspace),
        "api_url": api_url(workspace.account_id, workspace.id),
        "can_edit": access.allows(scopes.WRITE_WORKSPACE_SETTINGS),
        "can_delete": access.allows(scopes.MANAGE_WORKSPACE_SETTINGS),
    }
    return render(request, "workspaces/settings.html", context)


@sent_once
@workspace_page(scopes.WRITE_WORKSPACE_SETTINGS)
def edit(request: WorkspaceRequest) -> HttpResponse:
    workspace = request.workspace
    known = {"name": workspace.name, "handle": workspace.handle, "description": workspace.description}
    form = WorkspaceForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            update_workspace(workspace, actor=request.user.as_actor(), **form.cleaned_data)
            messages.success(request, "The settings are saved.")
            return redirect(address(workspace, "settings"))
        except ValidationError as error:
            blame(form, error, "handle")
    return render(request, "workspaces/settings_edit.html", {"form": form}, status=422 if form.errors else 200)


@sent_once
@workspace_page(scopes.MANAGE_WORKSPACE_SETTINGS)
def delete(request: WorkspaceRequest) -> HttpResponse:
    """Asks for the full handle to be typed: everything in the workspace goes."""
    workspace, typed = request.workspace, request.POST.get("typed", "").strip()
    full_handle = workspace.full_handle
    if request.method == "POST" and typed == full_handle:
        delete_workspace(workspace, actor=request.user.as_actor())
        messages.success(request, f"The workspace {full_handle} is deleted.")
        return redirect("workspaces")
    context = {"typed": typed, "refused": request.method == "POST", "contents": _contents(workspace)}
    return render(request, "workspaces/settings_delete.html", context, status=422 if context["refused"] else 200)


def _contents(workspace: Workspace) -> list[tuple[str, str]]:
    """What goes with the workspace, counted up to a cap."""
    active = workspace.flowruns.filter(state_type__in=[states.PENDING, states.RUNNING, states.CANCELLING])
    counted = {
        "flows": workspace.flows.all(),
        "flow runs": workspace.flowruns.all(),
        "of them active now": active,
        "task runs": workspace.taskruns.all(),
        "log lines": workspace.logs.all(),
        "events": workspace.events.all(),
    }
    return [(label, str(count(rows))) for label, rows in counted.items()]
