"""Letting in those of the account who have no role here yet: search, tick, choose a role."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Account, User
from accounts.pages import sent_once
from orgs.models import Membership, Team
from orgs.paging import page_of, searched
from rbac import builtin
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.sharing import share_with_all, usable_role
from workspaces.views.sharing.kinds import KINDS, PEOPLE, SERVICE_ACCOUNTS, Kind
from workspaces.views.sharing.offers import offers, select, told
from workspaces.views.sharing.page import invite_address


def _adding(kind: Kind) -> Any:
    @sent_once
    @workspace_page(kind.manage)
    def add(request: WorkspaceRequest) -> HttpResponse:
        if request.workspace.account.kind == Account.PERSONAL:
            raise Http404
        problem = ""
        if request.method == "POST":
            try:
                _share(request, kind)
                return redirect(f"{address(request.workspace, 'sharing')}?tab={kind.key}")
            except ValidationError as error:
                problem = " ".join(error.messages)
        return _show(request, kind, problem)

    return add


ADDITIONS = {key: _adding(kind) for key, kind in KINDS.items()}


def _share(request: WorkspaceRequest, kind: Kind) -> None:
    """Give the role to all who are ticked. Raises ValidationError for nobody, and for who is not in the account."""
    chosen = [_found(request, kind, id) for id in dict.fromkeys(request.POST.getlist("who"))][:100]
    if not chosen:
        raise ValidationError(f"Tick at least one {kind.noun}.")
    role_id = _uuid(request.POST.get("role", ""))
    role = usable_role(request.workspace, role_id) if role_id else None
    if role is None:
        raise ValidationError("Choose a role.")
    pairs = [(who, role) for who in chosen]
    share_with_all(request.workspace, pairs, actor=request.user.as_actor(), within=request.access.scopes)
    names = chosen[0].name if len(chosen) == 1 else f"{len(chosen)} {kind.label.lower()}"
    messages.success(request, f"{names} can work here now, as {role.name}.")


def _show(request: WorkspaceRequest, kind: Kind, problem: str) -> HttpResponse:
    words = searched(request)
    paged = page_of(request, kind.reachable(request.workspace, request.user, words).filter(shared=False))
    offered = offers(request)
    wanted = _uuid(request.POST.get("role", ""))
    usual = builtin.IDS[builtin.WORKER if kind is SERVICE_ACCOUNTS else builtin.DEVELOPER]
    context = {
        "kind": kind,
        "words": words,
        "paged": paged,
        "rows": [_row(one) for one in paged.rows],
        "ticked": request.POST.getlist("who"),
        "choice": select("new", "Role", offered, wanted or usual),
        "roles": [(role, told(role)) for role in offered.roles],
        "problem": problem,
        "invite": invite_address(request) if kind is PEOPLE else "",
    }
    return render(request, "workspaces/sharing/add.html", context, status=422 if problem else 200)


def _row(one: Membership | Team) -> dict[str, Any]:
    if isinstance(one, Team):
        return {"id": str(one.id), "name": one.name, "detail": one.description}
    user = one.user
    owns = f"owns every workspace as {one.role}" if one.role in ("Owner", "Admin") else ""
    return {"id": str(user.id), "name": user.name, "detail": user.email if user.is_person else "", "note": owns}


def _found(request: WorkspaceRequest, kind: Kind, asked: str) -> User | Team:
    id = _uuid(asked)
    who = kind.find(request.workspace, request.user, id) if id else None
    if who is None:
        raise ValidationError(f"There is no such {kind.noun} in this account.")
    return who


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
