"""All workspaces that somebody may enter, the switcher's list, and a new one."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.forms import blame
from accounts.models import Account, AccountImage
from accounts.models.accounts import handle_is_well_formed
from accounts.pages import PersonRequest, sent_once, signed_in
from rbac.models import WorkspaceRole
from rbac.scopes import SEE_FLOWS, SEE_WORKSPACE_SETTINGS
from workspaces.forms import CreateForm, possible_owners
from workspaces.models import Workspace
from workspaces.pages import SECTIONS, address
from workspaces.services import create_workspace
from workspaces.sharing import set_default_role
from workspaces.views.operator import operators_login, owns_nothing
from workspaces.views.places import Group, groups_of, scopes_in, workspaces_in
from workspaces.views.tallies import Tally, tallies
from workspaces.why import DIRECT, Reason, reasons_for


@dataclass(frozen=True, slots=True)
class Card:
    """A workspace with the roles that its reader has there, the strongest alone where it holds the others."""

    workspace: Workspace
    tally: Tally
    roles: str
    scopes: frozenset[str]
    may_leave: bool

    @property
    def sees_runs(self) -> bool:
        return SEE_FLOWS in self.scopes

    @property
    def sees_settings(self) -> bool:
        return SEE_WORKSPACE_SETTINGS in self.scopes


@signed_in
@require_safe
def everything(request: PersonRequest) -> HttpResponse:
    groups, complete = groups_of(request.user)
    workspaces = list(workspaces_in(groups))
    ids = [workspace.id for workspace in workspaces]
    if not ids and owns_nothing(request):
        return operators_login(request)
    runs, ways = tallies(ids), reasons_for(workspaces, request.user)
    roles, own = _roles(ways), {way.workspace.id for way in ways if way.source == DIRECT}
    pictures = _pictures(groups)
    shown = [
        {
            "group": group,
            "image_changed": pictures.get(group.account.id),
            "cards": [
                Card(one, runs.get(one.id, Tally()), roles.get(one.id, ""), scopes_in(one), one.id in own)
                for one in group.workspaces
            ],
        }
        for group in groups
    ]
    context = {
        "groups": shown,
        "any": bool(ids),
        "complete": complete,
        "form": None if ids else _create_form(request),
        "may_create": any(group.may_create for group in groups),
        "may_found": request.user.personal_account_id is not None,
    }
    return render(request, "workspaces/list.html", context)


@signed_in
@require_safe
def switcher(request: PersonRequest) -> HttpResponse:
    """The list inside the switcher, asked for when it is opened. Switching keeps the section."""
    wanted = request.GET.get("section", "")
    section = wanted if wanted in {section.name for section in SECTIONS} else "dashboard"
    groups, complete = groups_of(request.user)
    context = {
        "groups": groups,
        "section": section,
        "complete": complete,
        "searched": sum(len(group.workspaces) for group in groups) > 7,
        "at": request.GET.get("at", ""),
        "account_at": request.GET.get("account", ""),
        "may_found": request.user.personal_account_id is not None,
    }
    return render(request, "components/switcher_list.html", context)


@signed_in
@sent_once
def create(request: PersonRequest) -> HttpResponse:
    if owns_nothing(request):
        return operators_login(request)
    form = _create_form(request)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            workspace = _create(request, data)
            messages.success(request, f"The workspace “{workspace.name}” is ready.")
            return redirect(f"{address(workspace, 'settings')}#connect")
        except ValidationError as error:
            blame(form, error, "default_role" if error.code == "default_role" else "handle")
    return render(request, "workspaces/create.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_safe
def check(request: PersonRequest) -> HttpResponse:
    """The line under a handle's field while somebody types."""
    handle = request.GET.get("handle", "").strip().lower()[:200]
    note: dict[str, object] = {"handle": handle}
    owner = _owner(request)
    if handle and owner:
        try:
            handle_is_well_formed(handle)
            note["free"] = not owner.workspaces.filter(handle=handle).exists()
            note["problem"] = "" if note["free"] else f"{owner.handle} has a workspace with this handle."
            note["path"] = f"{owner.handle}/{handle}"
        except ValidationError as error:
            note["problem"] = error.messages[0]
    return render(request, "components/handle_note.html", note)


@transaction.atomic
def _create(request: PersonRequest, data: dict[str, Any]) -> Workspace:
    """The workspace, and the role of everyone in it, or neither."""
    actor = request.user.as_actor()
    role = data.get("default_role")
    if role and data["owner"].kind == Account.PERSONAL:
        raise ValidationError("A personal account has no members. Choose “No access”.", code="default_role")
    workspace = create_workspace(
        data["owner"],
        name=data["name"].strip(),
        handle=data["handle"],
        description=data["description"],
        actor=actor,
    )
    if role:
        set_default_role(workspace, WorkspaceRole.objects.get(account=None, id=role), actor=actor)
    return workspace


def _create_form(request: PersonRequest) -> CreateForm:
    """`?owner=` chooses the account before anybody does."""
    return CreateForm(request.user, request.POST or None, initial={"owner": _owner(request)})


def _roles(ways: list[Reason]) -> dict[UUID, str]:
    """By workspace: the names of the roles that no other role of the user's there holds already."""
    found: dict[UUID, dict[str, frozenset[str]]] = defaultdict(dict)
    for reason in ways:
        found[reason.workspace.id][reason.role.name] = reason.role.all_scopes
    return {
        workspace: ", ".join(name for name, held in roles.items() if not any(held < more for more in roles.values()))
        for workspace, roles in found.items()
    }


def _pictures(groups: list[Group]) -> dict[UUID, datetime]:
    """When each account's picture was made; those without one are left out."""
    accounts = [group.account.id for group in groups]
    return dict(AccountImage.objects.filter(account__in=accounts).values_list("account", "updated"))


def _owner(request: PersonRequest) -> Account | None:
    try:
        return possible_owners(request.user).filter(id=UUID(request.GET.get("owner", ""))).first()
    except ValueError:
        return None
