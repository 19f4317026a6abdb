"""Giving, changing and taking back roles. Each answers with a word and the way back (`accounts.undo`)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.models import Account, User
from accounts.undo import undoable
from orgs.models import Membership, Team
from rbac import scopes
from rbac.models import Grant, WorkspaceRole
from workspaces.accesses import knows_account
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.sharing import default_role, set_default_role, share_with, stop_sharing, usable_role
from workspaces.views.sharing.kinds import KINDS, PEOPLE, SERVICE_ACCOUNTS, TEAMS, Kind
from workspaces.views.sharing.offers import offers
from workspaces.views.sharing.page import row_context
from workspaces.views.sharing.rows import group_grants, rows_of


@workspace_page(scopes.WRITE_WORKSPACE_SETTINGS)
@require_POST
def change_default(request: WorkspaceRequest) -> HttpResponse:
    """`role`: the role of everyone in the organization; empty for none."""
    workspace = request.workspace
    before = default_role(workspace)
    try:
        role = _role(request)
        set_default_role(workspace, role, actor=request.user.as_actor(), within=request.access.scopes)
        everyone = f"Everyone at {workspace.account.name}"
        done = f"{everyone} is {role.name} now." if role else f"{everyone} enters no more unless they were let in."
        if role != before:
            undoable(request, done, request.path, role=before.id if before else "")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return _answer(request, PEOPLE, "workspaces/sharing/_saved.html", {})


def _changing(kind: Kind) -> Any:
    @workspace_page(kind.manage)
    @require_POST
    def change(request: WorkspaceRequest, who_id: UUID) -> HttpResponse:
        """`role`: the role of this one here; empty takes it back."""
        who = _find(request, kind, who_id)
        before, leaves = own_role(request.workspace, who), _leaves(request, who)
        try:
            role = _role(request)
            if role is None:
                stop_sharing(request.workspace, who, actor=request.user.as_actor(), within=request.access.scopes)
            else:
                share_with(request.workspace, who, role, actor=request.user.as_actor(), within=request.access.scopes)
            if role is None and leaves:
                messages.success(request, f"{_name(who)} is no collaborator any more.")
            elif role is None and kind.find(request.workspace, request.user, who_id) is None:
                messages.success(request, _done(who, role))  # out of the reader's reach: no way back
            elif role != before:
                undoable(request, _done(who, role), request.path, role=before.id if before else "")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return _answer(request, kind, "workspaces/sharing/_row.html", {"who": who_id})

    return change


def _removing(kind: Kind) -> Any:
    @workspace_page(kind.manage)
    def remove(request: WorkspaceRequest, who_id: UUID) -> HttpResponse:
        """The question; its form sends an empty role."""
        who = _find(request, kind, who_id)
        role = own_role(request.workspace, who)
        if role is None:
            return redirect(_list(request, kind))
        row = rows_of(request, kind, list(_rows(request, kind, who_id)), group_grants(request.workspace))[0]
        back, leaves = _list(request, kind), _leaves(request, who)
        context = {"kind": kind, "row": row, "role": role, "back": back, "leaves": leaves}
        return render(request, "workspaces/sharing/remove.html", context)

    return remove


CHANGES = {key: _changing(kind) for key, kind in KINDS.items()}
REMOVALS = {key: _removing(kind) for key, kind in KINDS.items()}
assert set(CHANGES) == {PEOPLE.key, TEAMS.key, SERVICE_ACCOUNTS.key}


def own_role(workspace: Workspace, who: User | Team) -> WorkspaceRole | None:
    """The role that was given to this one itself."""
    held = Grant.objects.filter(workspace=workspace).select_related("role__inherits")
    grant = (held.filter(group=who.group) if isinstance(who, Team) else held.filter(user=who)).first()
    return grant.role if grant else None


def _leaves(request: WorkspaceRequest, who: User | Team) -> bool:
    """Whether a collaborator leaves the account with this, the last workspace; told to who may know of others."""
    if isinstance(who, Team) or not knows_account(request.workspace, request.user):
        return False
    account = request.workspace.account_id
    guest = Membership.objects.filter(account=account, user=who, role="Collaborator").exists()
    return guest and Grant.objects.filter(workspace__account=account, user=who).count() == 1


def _find(request: WorkspaceRequest, kind: Kind, who_id: UUID) -> User | Team:
    who = kind.find(request.workspace, request.user, who_id)
    if who is None:
        raise Http404
    return who


def _role(request: WorkspaceRequest) -> WorkspaceRole | None:
    """The role asked for. Raises ValidationError for one that there is not."""
    asked = request.POST.get("role", "")
    if not asked:
        return None
    try:
        role = usable_role(request.workspace, UUID(asked))
    except ValueError:
        role = None
    if role is None:
        raise ValidationError("There is no such role in this account.")
    return role


def _done(who: User | Team, role: WorkspaceRole | None) -> str:
    if role is not None:
        return f"{_name(who)} is {role.name} now."
    return f"{_name(who)} has no role of {'their' if isinstance(who, User) and who.is_person else 'its'} own here now."


def _name(who: User | Team) -> str:
    return f"The team {who.name}" if isinstance(who, Team) else who.name


def _rows(request: WorkspaceRequest, kind: Kind, who_id: UUID) -> Any:
    return kind.reachable(request.workspace, request.user).filter(**{"id" if kind is TEAMS else "user": who_id})


def _list(request: WorkspaceRequest, kind: Kind) -> str:
    """Where the change was asked for."""
    if request.workspace.account.kind == Account.PERSONAL:
        return address(request.workspace, "collaborators")
    return f"{address(request.workspace, 'sharing')}?tab={kind.key}"


def _answer(request: WorkspaceRequest, kind: Kind, template: str, about: dict[str, Any]) -> HttpResponse:
    """The row alone for a page that asked from inside; the list again for all others."""
    if "HX-Request" not in request.headers:
        return redirect(_list(request, kind))
    if "who" in about:
        found = list(_rows(request, kind, about["who"]))
        rows = rows_of(request, kind, found, group_grants(request.workspace))
        about |= row_context(rows[0], offers(request)) if rows else {"row": None}
        about["kind"] = kind
    return render(request, template, about)
