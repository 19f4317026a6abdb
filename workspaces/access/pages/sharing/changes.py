"""Changing the direct roles of several people, teams or service accounts of a workspace.

The form of the sharing page submits changed roles (`core.pages.staged`). Without the field `confirmed`, the response is
a page that shows what they would do. That page submits them again with `confirmed`, which saves all or none.
"""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Account
from accounts.pages import sent_once
from accounts.undo import undoable
from core.errors import Invalid
from core.pages.staged import MOST_UNDONE, staged_changes
from workspaces.access.grant_changes import change_grants
from workspaces.access.pages.sharing.kinds import PEOPLE, SERVICE_ACCOUNTS, TEAMS, Kind
from workspaces.access.pages.sharing.review import Review, leaving_collaborators, read_changes
from workspaces.access.pages.sharing.rows import build_rows, group_grants
from workspaces.pages import WorkspaceRequest, address, workspace_page


@sent_once
@workspace_page(PEOPLE.manage)
@require_POST
def change_people(request: WorkspaceRequest) -> HttpResponse:
    return _change(request, PEOPLE)


@sent_once
@workspace_page(TEAMS.manage)
@require_POST
def change_teams(request: WorkspaceRequest) -> HttpResponse:
    return _change(request, TEAMS)


@sent_once
@workspace_page(SERVICE_ACCOUNTS.manage)
@require_POST
def change_service_accounts(request: WorkspaceRequest) -> HttpResponse:
    return _change(request, SERVICE_ACCOUNTS)


@workspace_page(PEOPLE.manage)
@require_safe
def remove_person(request: WorkspaceRequest, grantee_id: UUID) -> HttpResponse:
    return _confirm_removal(request, PEOPLE, grantee_id)


@workspace_page(TEAMS.manage)
@require_safe
def remove_team(request: WorkspaceRequest, grantee_id: UUID) -> HttpResponse:
    return _confirm_removal(request, TEAMS, grantee_id)


@workspace_page(SERVICE_ACCOUNTS.manage)
@require_safe
def remove_service_account(request: WorkspaceRequest, grantee_id: UUID) -> HttpResponse:
    return _confirm_removal(request, SERVICE_ACCOUNTS, grantee_id)


def list_address(request: WorkspaceRequest, kind: Kind) -> str:
    """Return the address of the list that the changes come from."""
    if request.workspace.account.kind == Account.PERSONAL:
        return address(request.workspace, "collaborators")
    return f"{address(request.workspace, 'sharing')}?tab={kind.key}"


def _change(request: WorkspaceRequest, kind: Kind) -> HttpResponse:
    back = list_address(request, kind)
    try:
        review = read_changes(request, kind, staged_changes(request.POST))
    except Invalid as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back)
    if not review.lines and not review.problems:
        messages.info(request, "Nothing to change.")
        return redirect(back)
    if "confirmed" in request.POST and not review.problems and not review.has_edit_conflict:
        try:
            _save(request, kind, review)
            return redirect(back)
        except ValidationError as error:  # changed between reading and saving
            review = read_changes(request, kind, staged_changes(request.POST))
            review.problems.extend(error.messages)
    context = {"review": review, "back": back, "back_label": "Sharing", "action": request.path}
    if request.workspace.account.kind == Account.PERSONAL:
        context["back_label"] = "Collaborators"
    status = 409 if review.has_edit_conflict or review.problems else 200
    return render(request, "workspaces/access/sharing/review.html", context, status=status)


def _save(request: WorkspaceRequest, kind: Kind, review: Review) -> None:
    changes = [line.change for line in review.lines]
    actor, granter_scopes = request.user.as_actor(), request.access.scopes
    change_grants(request.workspace, changes, actor=actor, granter_scopes=granter_scopes)
    done = review.lines[0].success_message if len(changes) == 1 else f"{len(changes)} roles were changed."
    ids = [change.grantee.id for change in changes]
    found = kind.rows_for(request.workspace, request.user, ids).count() == len(ids)
    if len(changes) > MOST_UNDONE or not found:  # no undo for a grantee who can no longer be found
        messages.success(request, done)
        return
    fields = {"confirmed": "1"}
    for line in review.lines:
        fields |= {f"was-{line.id}": line.now, f"now-{line.id}": line.was}
    undoable(request, done, request.path, **fields)


def _confirm_removal(request: WorkspaceRequest, kind: Kind, grantee_id: UUID) -> HttpResponse:
    """Ask for confirmation. The form submits the removal like a changed role, with `confirmed`."""
    found = list(kind.rows_for(request.workspace, request.user, [grantee_id]))
    if not found:
        raise Http404
    row = build_rows(request, kind, found, group_grants(request.workspace))[0]
    back = list_address(request, kind)
    if row.own is None:
        return redirect(back)
    leaves = row.id in leaving_collaborators(request, [row.id])
    context = {"kind": kind, "row": row, "role": row.own, "back": back, "leaves": leaves}
    return render(request, "workspaces/access/sharing/remove.html", context)
