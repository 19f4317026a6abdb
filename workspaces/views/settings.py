"""General settings of a workspace: connecting to it, editing it, deleting it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.forms import blame
from accounts.models import Account
from accounts.pages import sent_once
from rbac import scopes
from rbac.models import WorkspaceRole
from workspaces.connect import api_url, commands
from workspaces.forms import EditForm
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.runs import states
from workspaces.runs.pages.keyset import count
from workspaces.services import delete_workspace, update_workspace
from workspaces.sharing import default_role, set_default_role, usable_role
from workspaces.views.sharing.offers import offers


@workspace_page(scopes.SEE_WORKSPACE_SETTINGS)
@require_safe
def general(request: WorkspaceRequest) -> HttpResponse:
    workspace, access = request.workspace, request.access
    context = {
        "commands": commands(workspace),
        "api_url": api_url(workspace.account_id, workspace.id),
        "default": default_role(workspace) if workspace.account.kind == Account.ORGANIZATION else None,
        "can_edit": access.allows(scopes.WRITE_WORKSPACE_SETTINGS),
        "can_delete": access.allows(scopes.MANAGE_WORKSPACE_SETTINGS),
    }
    return render(request, "workspaces/settings.html", context)


@sent_once
@workspace_page(scopes.WRITE_WORKSPACE_SETTINGS)
def edit(request: WorkspaceRequest) -> HttpResponse:
    workspace, default = request.workspace, default_role(request.workspace)
    known = {
        "name": workspace.name,
        "handle": workspace.handle,
        "description": workspace.description,
        "default_role": str(default.id) if default else "",
    }
    form = EditForm(_roles(request, default), request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, form)
            messages.success(request, "The settings are saved.")
            return redirect(address(workspace, "settings"))
        except ValidationError as error:
            blame(form, error, "handle")
    return render(request, "workspaces/settings_edit.html", {"form": form}, status=422 if form.errors else 200)


def _roles(request: WorkspaceRequest, default: WorkspaceRole | None) -> list[WorkspaceRole] | None:
    """What may be given to everyone; None where nothing is to be chosen: no members, or a role beyond one's own."""
    if request.workspace.account.kind == Account.PERSONAL:
        return None
    if default is not None and not default.all_scopes <= request.access.scopes:
        return None
    return offers(request).roles


@transaction.atomic
def _save(request: WorkspaceRequest, form: EditForm) -> None:
    data, actor = dict(form.cleaned_data), request.user.as_actor()
    chosen = data.pop("default_role", None)
    update_workspace(request.workspace, actor=actor, **data)
    if chosen is None:
        return
    role = usable_role(request.workspace, UUID(chosen)) if chosen else None
    set_default_role(request.workspace, role, actor=actor, within=request.access.scopes)


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
    shown = {label: str(count(rows)) for label, rows in counted.items()}
    return [(label.removesuffix("s") if number == "1" else label, number) for label, number in shown.items()]
