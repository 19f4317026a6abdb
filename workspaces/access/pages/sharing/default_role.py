"""Changing the default role of a workspace."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.pages import sent_once
from accounts.undo import undoable
from core.errors import Invalid
from orgs.services.teams import everyone_team
from rbac import scopes
from rbac.role_choices import role_choices, usable_role
from workspaces.access.default_roles import default_role
from workspaces.access.grant_changes import GrantChange, change_grants
from workspaces.access.pages.sharing.review import Review, ReviewLine, describe_change, role_id
from workspaces.access.sharing import check_granter
from workspaces.pages import WorkspaceRequest, address, workspace_page


@sent_once
@workspace_page(scopes.WRITE_WORKSPACE_SETTINGS)
@require_POST
def change_default(request: WorkspaceRequest) -> HttpResponse:
    """Show what a new default role would do; with `confirmed`, save it. An empty `now` revokes the default role."""
    workspace = request.workspace
    back = address(workspace, "sharing")
    try:
        line = _read_change(request)
        if line is None:
            messages.info(request, "Nothing to change.")
            return redirect(back)
        check_granter(request.access.scopes, line.before, line.role)
        if "confirmed" in request.POST and not line.seen:
            actor = request.user.as_actor()
            change_grants(workspace, [line.change], actor=actor, granter_scopes=request.access.scopes)
            undoable(request, _success_message(line), request.path, confirmed="1", was=line.now, now=line.was)
            return redirect(back)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back)
    context = {
        "review": Review([line]),
        "default": True,
        "back": back,
        "back_label": "Sharing",
        "action": request.path,
    }
    return render(request, "workspaces/access/sharing/review.html", context, status=409 if line.seen else 200)


def _read_change(request: WorkspaceRequest) -> ReviewLine | None:
    """Return the change that the form asks for, or None if it was made already.

    Raises `Invalid` for a role that does not exist and in a personal account.
    """
    account = request.workspace.account
    everyone, before = everyone_team(account.id), default_role(request.workspace)
    if everyone is None:
        raise Invalid("A personal account has no default role.")
    wanted, seen_id = role_id(request.POST.get("now", "")), role_id(request.POST.get("was", ""))
    role = usable_role(account, wanted) if wanted else None
    if role == before:
        return None
    seen = ""
    if seen_id != (before.id if before else None):
        seen = next((known.name for known in role_choices(account) if known.id == seen_id), "no default role")
    return describe_change(GrantChange(everyone, seen_id, role), before, name=f"Everyone at {account.name}", seen=seen)


def _success_message(line: ReviewLine) -> str:
    return f"The default role is now {line.role.name}." if line.role else "The default role was removed."
