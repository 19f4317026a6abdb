"""Granting a role to several members, teams or service accounts that have none in the workspace yet."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Account, User
from accounts.pages import sent_once
from core.db.ids import parse_uuid
from core.errors import Invalid
from core.pages.paging import page_of, searched
from orgs.models import Membership, Team
from rbac import builtin
from rbac.role_choices import usable_role
from workspaces.access.access_reasons import ACCOUNT, source_words
from workspaces.access.pages.owner_confirmation import ask_before_owner_of_workspace
from workspaces.access.pages.sharing.kinds import PEOPLE, SERVICE_ACCOUNTS, TEAMS, Kind
from workspaces.access.pages.sharing.page import invite_address
from workspaces.access.pages.sharing.role_select import RoleSelect, roles_to_grant
from workspaces.access.sharing import share_with_all
from workspaces.entry_rules import owns_every_workspace
from workspaces.pages import WorkspaceRequest, address, workspace_page


@sent_once
@workspace_page(PEOPLE.manage)
def add_people(request: WorkspaceRequest) -> HttpResponse:
    return _add(request, PEOPLE)


@sent_once
@workspace_page(TEAMS.manage)
def add_teams(request: WorkspaceRequest) -> HttpResponse:
    return _add(request, TEAMS)


@sent_once
@workspace_page(SERVICE_ACCOUNTS.manage)
def add_service_accounts(request: WorkspaceRequest) -> HttpResponse:
    return _add(request, SERVICE_ACCOUNTS)


def _add(request: WorkspaceRequest, kind: Kind) -> HttpResponse:
    if request.workspace.account.kind == Account.PERSONAL:
        raise Http404
    problem = ""
    if request.method == "POST":
        try:
            return _share(request, kind)
        except ValidationError as error:
            problem = " ".join(error.messages)
    return _show(request, kind, problem)


def _share(request: WorkspaceRequest, kind: Kind) -> HttpResponse:
    """Grant the chosen role to all who are selected, at most 100. Asks first if the role is Owner.

    Raises `Invalid` if nobody is selected, and for somebody whom the reader may not find.
    """
    grantees = [_find_grantee(request, kind, id) for id in dict.fromkeys(request.POST.getlist("who"))][:100]
    if not grantees:
        raise Invalid(f"Select at least one {kind.noun}.")
    role = usable_role(request.workspace.account, parse_uuid(request.POST.get("role", "")), otherwise="Choose a role.")
    workspace = request.workspace
    back = f"{address(workspace, 'sharing')}?tab={kind.key}"
    names = grantees[0].name if len(grantees) == 1 else f"{len(grantees)} {kind.label.lower()}"
    asked = ask_before_owner_of_workspace(request, workspace, role, who=names, back=back)
    if asked is not None:
        return asked
    roles = [(grantee, role) for grantee in grantees]
    share_with_all(workspace, roles, actor=request.user.as_actor(), granter_scopes=request.access.scopes)
    messages.success(request, f"{names} now {'has' if len(grantees) == 1 else 'have'} the role {role.name} here.")
    return redirect(back)


def _show(request: WorkspaceRequest, kind: Kind, problem: str) -> HttpResponse:
    words = searched(request)
    paged = page_of(request, kind.visible(request.workspace, request.user, words).filter(shared=False))
    choices = roles_to_grant(request)
    chosen = parse_uuid(request.POST.get("role", ""))
    usual = builtin.IDS[builtin.WORKER if kind is SERVICE_ACCOUNTS else builtin.DEVELOPER]
    context = {
        "kind": kind,
        "words": words,
        "paged": paged,
        "rows": [_row(row) for row in paged.rows],
        "ticked": request.POST.getlist("who"),
        "choice": RoleSelect("new", "Role", choices, chosen or usual),
        "roles": [choice.role for choice in choices],
        "problem": problem,
        "invite": invite_address(request) if kind is PEOPLE else "",
    }
    return render(request, "workspaces/access/sharing/add.html", context, status=422 if problem else 200)


def _row(row: Membership | Team) -> dict[str, Any]:
    if isinstance(row, Team):
        return {"id": str(row.id), "name": row.name, "detail": row.description}
    user = row.user
    note = f"Owner, {source_words(ACCOUNT, row.role)}" if owns_every_workspace(row.role) else ""
    return {"id": str(user.id), "name": user.name, "detail": user.email if user.is_person else "", "note": note}


def _find_grantee(request: WorkspaceRequest, kind: Kind, text: str) -> User | Team:
    id = parse_uuid(text)
    grantee = kind.find(request.workspace, request.user, id) if id else None
    if grantee is None:
        raise Invalid(f"There is no such {kind.noun} in this account.")
    return grantee
