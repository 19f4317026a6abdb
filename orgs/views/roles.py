"""Workspace roles of an account: the list, one of them, making, changing and deleting the account's own."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.forms import blame
from accounts.pages import sent_once
from orgs.holders import Holders, holders_of_roles
from orgs.pages import AccountRequest, account_address, account_page
from orgs.paging import page_of, searched
from orgs.role_editor import RoleForm, editor, stamp
from orgs.role_history import history
from orgs.services.roles import create_role, delete_role, update_role
from orgs.views.role_holders import holders_shown
from rbac import builtin
from rbac.ladders import dangers, sentences
from rbac.models import WorkspaceRole

_CHOICES = 500


@account_page("read:workspace_role")
@require_safe
def roles(request: AccountRequest) -> HttpResponse:
    words = searched(request)
    found = WorkspaceRole.objects.usable_in(request.account).select_related("inherits")
    paged = page_of(request, found.filter(name__icontains=words).in_order())
    held = holders_of_roles(request.account, [role.id for role in paged.rows])
    rows = [{"role": role, "held": held.get(role.id, Holders()), "size": len(role.all_scopes)} for role in paged.rows]
    context = {
        "rows": rows,
        "paged": paged,
        "words": words,
        "own": any(not role.is_built_in for role in paged.rows),
        "may_create": request.mine.may("create:workspace_role"),
    }
    return render(request, "orgs/roles/list.html", context)


@account_page("read:workspace_role")
@require_safe
def role(request: AccountRequest, role_id: UUID) -> HttpResponse:
    found = _role(request, role_id)
    context = {
        "role": found,
        "told": sentences(found.all_scopes),
        "added": _extra(found),
        "dangers": [(danger, ", ".join(nouns)) for danger, nouns in dangers(found.all_scopes)],
        "held": holders_of_roles(request.account, [found.id]).get(found.id, Holders()),
        "history": [] if found.is_built_in else history(request.account, found),
        "may": {name: request.mine.may(f"{name}:workspace_role") for name in ("create", "update", "delete")},
        **holders_shown(request, found),
    }
    return render(request, "orgs/roles/role.html", context)


@sent_once
@account_page("create:workspace_role")
def create(request: AccountRequest) -> HttpResponse:
    """`?from=<id>` begins with a copy of that role."""
    form = RoleForm(request.POST or None, initial=_copied(request))
    if _sent(request) and form.is_valid():
        data = form.cleaned_data
        try:
            made = create_role(request.account, actor=request.user.as_actor(), **_chosen(data))
        except ValidationError as error:
            blame(form, error, "name" if error.code == "taken" else None)
        else:
            messages.success(request, f"The role “{made.name}” is ready. Give it to people and teams in a workspace.")
            return redirect(account_address(request.account, "role", made.id))
    return _show(request, form, None)


@sent_once
@account_page("update:workspace_role")
def edit(request: AccountRequest, role_id: UUID) -> HttpResponse:
    found = _own(request, role_id)
    known = {
        "name": found.name,
        "description": found.description,
        "inherits": found.inherits_id,
        "scopes": found.scopes,
        "seen": stamp(found),
    }
    form = RoleForm(request.POST or None, initial=known)
    if _sent(request) and form.is_valid():
        form.check_unchanged_since(found)
    if _sent(request) and form.is_valid():
        try:
            update_role(found, actor=request.user.as_actor(), **_chosen(form.cleaned_data))
        except ValidationError as error:
            blame(form, error, "name" if error.code == "taken" else None)
            found = _own(request, role_id)
        else:
            messages.success(request, f"The role “{found.name}” is saved, and holds for all who have it.")
            return redirect(account_address(request.account, "role", found.id))
    return _show(request, form, found)


@sent_once
@account_page("delete:workspace_role")
def delete(request: AccountRequest, role_id: UUID) -> HttpResponse:
    """Asks which role its holders get instead."""
    found = _own(request, role_id)
    others = list(WorkspaceRole.objects.usable_in(request.account).exclude(id=found.id).in_order())
    problem = ""
    if request.method == "POST":
        wanted = request.POST.get("instead", "")
        instead = next((one for one in others if str(one.id) == wanted), None)
        try:
            if wanted and instead is None:
                raise ValidationError("Choose one of the roles in the list.")
            delete_role(found, instead=instead, actor=request.user.as_actor())
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            after = f" Its holders are {instead.name} now." if instead else ""
            messages.success(request, f"The role “{found.name}” is deleted.{after}")
            return redirect(account_address(request.account, "roles"))
    held = holders_of_roles(request.account, [found.id]).get(found.id)
    context = {"role": found, "held": held, "others": others[:_CHOICES], "problem": problem}
    return render(request, "orgs/roles/delete.html", context, status=422 if problem else 200)


def _show(request: AccountRequest, form: RoleForm, found: WorkspaceRole | None) -> HttpResponse:
    held = holders_of_roles(request.account, [found.id]).get(found.id) if found else None
    context = {"role": found, "held": held, **editor(form, found)}
    refused = _sent(request) and form.errors
    return render(request, "orgs/roles/edit.html", context, status=422 if refused else 200)


def _sent(request: AccountRequest) -> bool:
    """Sent to be saved; without scripts, "look" only has the boxes and the summary brought in line."""
    return request.method == "POST" and "look" not in request.POST


def _chosen(data: dict[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in ("name", "description", "scopes", "inherits")}


def _copied(request: AccountRequest) -> dict[str, Any]:
    try:
        wanted = UUID(request.GET.get("from", ""))
    except ValueError:
        return {}
    model = WorkspaceRole.objects.usable_in(request.account).filter(id=wanted).first()
    if model is None:
        raise Http404
    return {
        "name": f"{model.name[:190]} copy",
        "description": model.description[:140],
        "inherits": model.inherits_id,
        "scopes": sorted(builtin.SCOPES[model.name]) if model.is_built_in else model.scopes,
    }


def _extra(found: WorkspaceRole) -> list[tuple[str, list[str]]]:
    """What a role adds to the one it builds on; empty for one that builds on none."""
    return sentences(found.all_scopes - builtin.SCOPES[found.inherits.name]) if found.inherits else []


def _role(request: AccountRequest, role_id: UUID) -> WorkspaceRole:
    usable = WorkspaceRole.objects.usable_in(request.account).select_related("inherits", "account")
    found = usable.filter(id=role_id).first()
    if found is None:
        raise Http404
    return found


def _own(request: AccountRequest, role_id: UUID) -> WorkspaceRole:
    """One that can be changed: built-in ones have no such page."""
    found = _role(request, role_id)
    if found.is_built_in:
        raise Http404
    return found
