"""Creating a workspace."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.forms import blame
from accounts.models import Account
from accounts.models.accounts import handle_is_well_formed
from accounts.pages import PersonRequest, sent_once, signed_in
from core.db.ids import parse_uuid
from orgs.account_restrictions import closed_accounts, refusal
from rbac.models import WorkspaceRole
from workspaces.directory.forms import CreateForm, possible_owners
from workspaces.directory.pages.operator import has_no_workspaces, operator_page
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace


@signed_in
@sent_once
def create(request: PersonRequest) -> HttpResponse:
    """Show the form, and create the workspace. `?owner=` preselects an account."""
    if has_no_workspaces(request):
        return operator_page(request)
    owners = open_owners(request)
    owner = _requested_owner(request) or (None if owners.exists() else possible_owners(request.user).first())
    if owner is not None and (refused := refusal(request, owner)) is not None:
        return refused
    form = create_form(request, owners)
    if request.method == "POST" and form.is_valid():
        try:
            workspace = _create(request, form.cleaned_data)
            messages.success(request, f"Created the workspace “{workspace.name}”.")
            return redirect(f"{reverse('welcome')}?workspace={workspace.id}")
        except ValidationError as error:
            blame(form, error, "handle")
    return render(request, "workspaces/create.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_safe
def check_handle(request: PersonRequest) -> HttpResponse:
    """Return the note below the field of the handle, which is updated while somebody types."""
    handle = request.GET.get("handle", "").strip().lower()[:200]
    note: dict[str, object] = {"handle": handle}
    owner = _requested_owner(request)
    if owner is not None and (refused := refusal(request, owner)) is not None:
        return refused
    if handle and owner:
        try:
            handle_is_well_formed(handle)
            note["free"] = not owner.workspaces.filter(handle=handle).exists()
            note["problem"] = "" if note["free"] else f"{owner.handle} has a workspace with this handle."
            note["path"] = f"{owner.handle}/{handle}"
        except ValidationError as error:
            note["problem"] = error.messages[0]
    return render(request, "components/handle_note.html", note)


def open_owners(request: PersonRequest) -> QuerySet[Account]:
    """Return the accounts in which the person may create workspaces and whose restrictions they meet."""
    return possible_owners(request.user).exclude(id__in=closed_accounts(request))


def create_form(request: PersonRequest, owners: QuerySet[Account]) -> CreateForm:
    """Return the form for a workspace of one of these accounts; `?owner=` preselects one."""
    return CreateForm(owners, request.POST or None, initial={"owner": _requested_owner(request)})


def _create(request: PersonRequest, data: dict[str, Any]) -> Workspace:
    role = data.get("default_role")
    return create_workspace(
        data["owner"],
        name=data["name"].strip(),
        handle=data["handle"],
        description=data["description"],
        default_role=WorkspaceRole.objects.get(account=None, id=role) if role else None,
        actor=request.user.as_actor(),
    )


def _requested_owner(request: PersonRequest) -> Account | None:
    """Return the account that the form or the query names, if the person may create workspaces in it."""
    owner_id = parse_uuid(request.POST.get("owner") or request.GET.get("owner"))
    return possible_owners(request.user).filter(id=owner_id).first() if owner_id else None
