"""Pages of workspace roles: the list, a role, and forms to create, edit and delete the account's own."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.forms import blame
from accounts.pages import sent_once
from core.db.ids import parse_uuid
from core.errors import Invalid, Taken
from core.pages.paging import page_of, searched
from orgs.holders import HolderCounts, holders_of_roles
from orgs.models.plans import CUSTOM_ROLES
from orgs.pages import AccountRequest, account_address, account_page
from orgs.plans import require_feature
from orgs.role_editor import RoleForm, editor_context, last_change
from orgs.role_history import history
from orgs.services.roles import create_role, delete_role, update_role
from orgs.views.role_holders import holders_shown
from rbac import builtin, permissions
from rbac.models import WorkspaceRole
from rbac.scope_groups import scope_dangers, scope_sentences

_CHOICES = 500


@account_page(permissions.READ_WORKSPACE_ROLE)
@require_safe
def roles(request: AccountRequest) -> HttpResponse:
    words = searched(request)
    usable = WorkspaceRole.objects.usable_in(request.account).select_related("inherits")
    paged = page_of(request, usable.filter(name__icontains=words).in_order())
    held = holders_of_roles(request.account, [role.id for role in paged.rows])
    rows = [
        {"role": role, "held": held.get(role.id, HolderCounts()), "size": len(role.all_scopes)} for role in paged.rows
    ]
    context = {
        "rows": rows,
        "paged": paged,
        "words": words,
        "own": any(not role.is_built_in for role in paged.rows),
        "may_create": request.account_access.may(permissions.CREATE_WORKSPACE_ROLE),
    }
    return render(request, "orgs/roles/list.html", context)


@account_page(permissions.READ_WORKSPACE_ROLE)
@require_safe
def role(request: AccountRequest, role_id: UUID) -> HttpResponse:
    role = _get_role(request, role_id)
    context = {
        "role": role,
        "sentences": scope_sentences(role.all_scopes),
        "added": _added_sentences(role),
        "dangers": [(danger, ", ".join(nouns)) for danger, nouns in scope_dangers(role.all_scopes)],
        "held": holders_of_roles(request.account, [role.id]).get(role.id, HolderCounts()),
        "history": [] if role.is_built_in else history(request.account, role),
        "may": {
            "create": request.account_access.may(permissions.CREATE_WORKSPACE_ROLE),
            "update": request.account_access.may(permissions.UPDATE_WORKSPACE_ROLE),
            "delete": request.account_access.may(permissions.DELETE_WORKSPACE_ROLE),
        },
        **holders_shown(request, role),
    }
    return render(request, "orgs/roles/role.html", context)


@sent_once
@account_page(permissions.CREATE_WORKSPACE_ROLE)
def create(request: AccountRequest) -> HttpResponse:
    """Create a role. With `?from=<id>`, the form starts with a copy of that role."""
    require_feature(request.account, CUSTOM_ROLES)
    form = RoleForm(request.POST or None, initial=_copied_role(request))
    if _is_save(request) and form.is_valid():
        data = form.cleaned_data
        try:
            role = create_role(request.account, actor=request.user.as_actor(), **_role_fields(data))
        except ValidationError as error:
            blame(form, error, "name" if isinstance(error, Taken) else None)
        else:
            messages.success(request, f"Created the role “{role.name}”. Grant it on the sharing page of a workspace.")
            return redirect(account_address(request.account, "role", role.id))
    return _show(request, form, None)


@sent_once
@account_page(permissions.UPDATE_WORKSPACE_ROLE)
def edit(request: AccountRequest, role_id: UUID) -> HttpResponse:
    role = _get_own_role(request, role_id)
    initial = {
        "name": role.name,
        "description": role.description,
        "inherits": role.inherits_id,
        "scopes": role.scopes,
        "seen": last_change(role),
    }
    form = RoleForm(request.POST or None, initial=initial)
    if _is_save(request) and form.is_valid():
        form.check_unchanged_since(role)
    if _is_save(request) and form.is_valid():
        try:
            update_role(role, actor=request.user.as_actor(), **_role_fields(form.cleaned_data))
        except ValidationError as error:
            blame(form, error, "name" if isinstance(error, Taken) else None)
            role = _get_own_role(request, role_id)
        else:
            messages.success(request, f"Saved the role “{role.name}”. The changes apply to all holders.")
            return redirect(account_address(request.account, "role", role.id))
    return _show(request, form, role)


@sent_once
@account_page(permissions.DELETE_WORKSPACE_ROLE)
def delete(request: AccountRequest, role_id: UUID) -> HttpResponse:
    """Delete a role. If it is in use, ask which role its holders get instead."""
    role = _get_own_role(request, role_id)
    others = list(WorkspaceRole.objects.usable_in(request.account).exclude(id=role.id).in_order())
    problem = ""
    if request.method == "POST":
        instead_id = request.POST.get("instead", "")
        instead = next((other for other in others if str(other.id) == instead_id), None)
        try:
            if instead_id and instead is None:
                raise Invalid("Choose one of the roles in the list.")
            delete_role(role, instead=instead, actor=request.user.as_actor())
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            after = f" Its holders now have the role {instead.name}." if instead else ""
            messages.success(request, f"Deleted the role “{role.name}”.{after}")
            return redirect(account_address(request.account, "roles"))
    held = holders_of_roles(request.account, [role.id]).get(role.id)
    context = {"role": role, "held": held, "others": others[:_CHOICES], "problem": problem}
    return render(request, "orgs/roles/delete.html", context, status=422 if problem else 200)


def _show(request: AccountRequest, form: RoleForm, role: WorkspaceRole | None) -> HttpResponse:
    held = holders_of_roles(request.account, [role.id]).get(role.id) if role else None
    context = {"role": role, "held": held, **editor_context(form, role)}
    refused = _is_save(request) and form.errors
    return render(request, "orgs/roles/edit.html", context, status=422 if refused else 200)


def _is_save(request: AccountRequest) -> bool:
    """Return whether the form was submitted to save it. Without scripts, "look" only updates checkboxes and summary."""
    return request.method == "POST" and "look" not in request.POST


def _role_fields(data: dict[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in ("name", "description", "scopes", "inherits")}


def _copied_role(request: AccountRequest) -> dict[str, Any]:
    """Return the initial values of the form for a copy of the role `?from=<id>`, if there is one."""
    source_id = parse_uuid(request.GET.get("from"))
    if source_id is None:
        return {}
    source = WorkspaceRole.objects.usable_in(request.account).filter(id=source_id).first()
    if source is None:
        raise Http404
    return {
        "name": f"{source.name[:190]} copy",
        "description": source.description[:140],
        "inherits": source.inherits_id,
        "scopes": sorted(builtin.SCOPES[source.name]) if source.is_built_in else source.scopes,
    }


def _added_sentences(role: WorkspaceRole) -> list[tuple[str, list[str]]]:
    """Return what a role adds to the role that it inherits, as sentences. It is empty if the role inherits none."""
    return scope_sentences(role.all_scopes - builtin.SCOPES[role.inherits.name]) if role.inherits else []


def _get_role(request: AccountRequest, role_id: UUID) -> WorkspaceRole:
    usable = WorkspaceRole.objects.usable_in(request.account).select_related("inherits", "account")
    role = usable.filter(id=role_id).first()
    if role is None:
        raise Http404
    return role


def _get_own_role(request: AccountRequest, role_id: UUID) -> WorkspaceRole:
    """Return one of the account's own roles. Raises `Http404` for built-in roles, which cannot be changed."""
    role = _get_role(request, role_id)
    if role.is_built_in:
        raise Http404
    return role
