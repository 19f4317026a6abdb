"""Leaving a workspace: giving up one's own role there."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.pages import PersonRequest, sent_once, signed_in
from accounts.rest.authentication import client_address
from orgs.networks import lets_in
from workspaces.scoping import enter
from workspaces.sharing import leave_workspace
from workspaces.why import DIRECT, reasons


@signed_in
@sent_once
def leave(request: PersonRequest, workspace_id: UUID) -> HttpResponse:
    """Asks first, and says what stays: a way in by a team, the default role or the account is none to give up."""
    access = enter(request.user, workspace_id)
    if access is None:
        raise Http404
    account, address = access.workspace.account, client_address(request)
    if not lets_in(account, address, request.user.as_actor()):
        return render(request, "403_network.html", {"address": address}, status=403)
    ways = reasons([workspace_id], request.user)
    problem = ""
    if request.method == "POST":
        try:
            leave_workspace(access.workspace, user=request.user, actor=request.user.as_actor())
            messages.success(request, f"You have left {access.workspace.full_handle}.")
            return redirect("workspaces")
        except ValidationError as error:
            problem = " ".join(error.messages)
    context = {
        "place": access.workspace,
        "own": next((way.role for way in ways if way.source == DIRECT), None),
        "others": [way for way in ways if way.source != DIRECT],
        "problem": problem,
    }
    return render(request, "workspaces/leave.html", context, status=422 if problem else 200)
