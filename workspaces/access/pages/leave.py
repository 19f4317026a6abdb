"""Leaving a workspace: giving up the direct role there."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.pages import PersonRequest, sent_once, signed_in
from orgs.account_restrictions import refusal
from workspaces.access.access_reasons import DIRECT, find_reasons
from workspaces.access.sharing import leave_workspace
from workspaces.scoping import enter


@signed_in
@sent_once
def leave(request: PersonRequest, workspace_id: UUID) -> HttpResponse:
    """Leave a workspace. Asks for confirmation first, and shows which other access remains.

    Only a direct role can be given up, not access through a team, the default role or the account.
    """
    access = enter(request.user, workspace_id)
    if access is None:
        raise Http404
    if (refused := refusal(request, access.workspace.account)) is not None:
        return refused
    access_reasons = find_reasons([workspace_id], request.user)
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
        "own": next((reason.role for reason in access_reasons if reason.source == DIRECT), None),
        "others": [reason for reason in access_reasons if reason.source != DIRECT],
        "problem": problem,
    }
    return render(request, "workspaces/access/leave.html", context, status=422 if problem else 200)
