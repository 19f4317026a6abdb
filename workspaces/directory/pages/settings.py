"""The settings page of a workspace: the commands to connect, editing and deleting."""

from types import EllipsisType
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.forms import blame
from accounts.models import Account
from accounts.pages import sent_once
from core.pages.keyset import count
from orgs.queries import account_access
from rbac import permissions, scopes
from rbac.models import WorkspaceRole
from rbac.role_choices import role_choices, usable_role
from workspaces.access.default_roles import default_role
from workspaces.access.pages.owner_confirmation import ask_before_owner_of_workspace
from workspaces.client_setup import api_url, commands
from workspaces.directory.forms import EditForm
from workspaces.directory.services import delete_workspace, update_workspace
from workspaces.models import Workspace, WorkspaceOwned
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.runs import states


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
        "can_transfer": access.allows(scopes.MANAGE_WORKSPACE_SETTINGS) and _may_transfer(request),
    }
    return render(request, "workspaces/settings.html", context)


def _may_transfer(request: WorkspaceRequest) -> bool:
    account = account_access(request.user, request.workspace.account_id)
    return account is not None and account.may(permissions.DELETE_WORKSPACE)


@sent_once
@workspace_page(scopes.WRITE_WORKSPACE_SETTINGS)
def edit(request: WorkspaceRequest) -> HttpResponse:
    workspace, default = request.workspace, default_role(request.workspace)
    initial = {
        "name": workspace.name,
        "handle": workspace.handle,
        "description": workspace.description,
        "default_role": str(default.id) if default else "",
    }
    form = EditForm(_default_role_choices(request, default), request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            role = _chosen_default_role(request, form)
            if isinstance(role, WorkspaceRole) and role != default:
                who, back = f"Everyone at {workspace.account.name}", address(workspace, "settings")
                asked = ask_before_owner_of_workspace(request, workspace, role, who=who, back=back)
                if asked is not None:
                    return asked
            _save(request, form, role)
            messages.success(request, "Saved the settings.")
            return redirect(address(workspace, "settings"))
        except ValidationError as error:
            blame(form, error, "handle")
    return render(request, "workspaces/settings_edit.html", {"form": form}, status=422 if form.errors else 200)


def _default_role_choices(request: WorkspaceRequest, default: WorkspaceRole | None) -> list[WorkspaceRole] | None:
    """Return the roles that the reader may choose as the default role.

    Returns None for a personal account, and if the current default role exceeds the reader's scopes.
    """
    if request.workspace.account.kind == Account.PERSONAL:
        return None
    if default is not None and not default.holds_at_most(request.access.scopes):
        return None
    return role_choices(request.workspace.account, request.access.scopes)


def _chosen_default_role(request: WorkspaceRequest, form: EditForm) -> WorkspaceRole | EllipsisType | None:
    """Return the chosen role, None for no role, or the ellipsis if the form has no field for it."""
    role_id = form.cleaned_data.get("default_role")
    if role_id is None:
        return ...
    return usable_role(request.workspace.account, UUID(role_id)) if role_id else None


def _save(request: WorkspaceRequest, form: EditForm, role: WorkspaceRole | EllipsisType | None) -> None:
    data = {field: value for field, value in form.cleaned_data.items() if field != "default_role"}
    update_workspace(
        request.workspace,
        actor=request.user.as_actor(),
        default_role=role,
        granter_scopes=request.access.scopes,
        **data,
    )


@sent_once
@workspace_page(scopes.MANAGE_WORKSPACE_SETTINGS)
def delete(request: WorkspaceRequest) -> HttpResponse:
    """Move the workspace with everything in it to the trash, once its full handle has been typed."""
    workspace, typed = request.workspace, request.POST.get("typed", "").strip()
    full_handle = workspace.full_handle
    problem = ""
    if request.method == "POST" and typed == full_handle:
        try:
            delete_workspace(workspace, actor=request.user.as_actor())
        except ValidationError as error:
            problem = " ".join(error.messages)
    if request.method == "POST" and typed == full_handle and not problem:
        messages.success(
            request, f"Deleted the workspace {full_handle}. It can be restored for {settings.TRASH_DAYS} days."
        )
        return redirect("workspaces")
    context = {"typed": typed, "refused": request.method == "POST", "contents": _contents(workspace)}
    context |= {"days": settings.TRASH_DAYS, "problem": problem}
    return render(request, "workspaces/settings_delete.html", context, status=422 if context["refused"] else 200)


def _contents(workspace: Workspace) -> list[tuple[str, str]]:
    """Return what is deleted with the workspace, as pairs of a label and a number, which stops at a cap."""
    querysets: dict[str, QuerySet[Any]] = {}
    for model in apps.get_models():
        if issubclass(model, WorkspaceOwned) and model.counted_as:
            querysets[model.counted_as] = model._default_manager.filter(workspace=workspace)
    querysets["active flow runs"] = workspace.flowruns.filter(
        state_type__in=[states.PENDING, states.RUNNING, states.CANCELLING]
    )
    numbers = {label: str(count(rows)) for label, rows in querysets.items()}
    return [(label.removesuffix("s") if number == "1" else label, number) for label, number in numbers.items()]
