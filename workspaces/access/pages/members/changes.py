"""Suspending and removing a member."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.pages import next_url, sent_once
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services.members import remove_member, set_active
from rbac import permissions
from workspaces.access.access_reasons import workspaces_open_to
from workspaces.access.pages.members.allowed_changes import allowed_changes
from workspaces.access.pages.members.member import get_membership, show_member, teams_of

CHANGE, REMOVE = permissions.UPDATE_ACCOUNT_MEMBERSHIP, permissions.DELETE_ACCOUNT_MEMBERSHIP
_MAX_LOST = 20  # workspaces shown as lost before a member is removed


@sent_once
@account_page(CHANGE)
@require_POST
def active(request: AccountRequest, membership_id: UUID) -> HttpResponse:
    """Suspend a member, or end the suspension."""
    membership, wanted = get_membership(request, membership_id), request.POST.get("active") == "true"
    granter_scopes = request.account_access.permissions
    try:
        set_active(membership, wanted, actor=request.user.as_actor(), granter_scopes=granter_scopes)
    except ValidationError as error:
        return show_member(request, membership, " ".join(error.messages))
    words = "has access again" if wanted else "is suspended and has no access to this account"
    messages.success(request, f"{membership.user.name} {words}.")
    return redirect(next_url(request, default=account_address(request.account, "member", membership.id)))


@sent_once
@account_page(REMOVE)
def remove(request: AccountRequest, membership_id: UUID) -> HttpResponse:
    """Remove a member. Asks for confirmation first, and shows the workspaces and teams that they lose."""
    membership, problem = get_membership(request, membership_id), ""
    if request.method == "POST":
        granter_scopes = request.account_access.permissions
        try:
            remove_member(membership, actor=request.user.as_actor(), granter_scopes=granter_scopes)
            messages.success(request, f"{membership.user.name} was removed.")
            return redirect(account_address(request.account, "members"))
        except ValidationError as error:
            problem = " ".join(error.messages)
    rows = workspaces_open_to(membership.user).filter(account=request.account)
    lost = list(rows[: _MAX_LOST + 1])
    context = {
        "membership": membership,
        "change": allowed_changes(request)(membership),
        "lost": lost[:_MAX_LOST],
        "more": rows.count() - _MAX_LOST if len(lost) > _MAX_LOST else 0,
        "teams": teams_of(membership),
        "problem": problem,
    }
    return render(request, "workspaces/access/members/remove.html", context, status=422 if problem else 200)
