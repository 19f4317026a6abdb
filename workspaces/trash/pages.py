"""The trash of an account, with its workspaces, and that of a person, with the organizations that they own."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import blame
from accounts.models import Account
from accounts.models.accounts import HANDLE_LENGTH
from accounts.pages import PersonRequest, sent_once, signed_in
from orgs.account_restrictions import closed_reason, refusal
from orgs.pages import AccountRequest, account_address, account_page
from rbac import permissions
from workspaces.pages import address
from workspaces.trash.models import Deletion
from workspaces.trash.services import (
    deletions_of,
    restore_organization,
    restore_workspace,
    suggested_handle,
    trashed_organizations,
)

_MOST_SHOWN = 500


class RestoreForm(forms.Form):
    handle = forms.CharField(max_length=HANDLE_LENGTH)


@account_page(permissions.DELETE_WORKSPACE)
@require_safe
def trash(request: AccountRequest) -> HttpResponse:
    """List the deleted workspaces of the account, with the progress of their removal."""
    rows = Deletion.objects.filter(account_id=request.account.id, workspace_id__isnull=False)
    return render(request, "workspaces/trash/account.html", {"rows": list(rows[:_MOST_SHOWN])})


@sent_once
@account_page(permissions.DELETE_WORKSPACE)
@require_http_methods(["GET", "POST"])
def restore(request: AccountRequest, trashed_id: UUID) -> HttpResponse:
    """Restore a workspace. The form offers another handle if the old one is taken."""
    row = Deletion.objects.filter(account_id=request.account.id, workspace_id=trashed_id).first()
    if row is None or row.finished_at is not None:
        raise Http404
    old = row.handle.split("/")[-1]
    suggested = suggested_handle(request.account, old)
    form = RestoreForm(request.POST or None, initial={"handle": suggested})
    if request.method == "POST" and form.is_valid():
        try:
            workspace = restore_workspace(
                request.account, trashed_id, handle=form.cleaned_data["handle"], actor=request.user.as_actor()
            )
            messages.success(request, f"Restored the workspace {workspace.full_handle}.")
            return redirect(address(workspace, "home"))
        except ValidationError as error:
            blame(form, error, "handle")
    context: dict[str, Any] = {"form": form, "row": row, "old": old, "taken": suggested != old}
    return render(request, "workspaces/trash/restore.html", context, status=422 if form.errors else 200)


@signed_in
@require_safe
def my_trash(request: PersonRequest) -> HttpResponse:
    """List the deleted organizations that the person owns."""
    accounts = trashed_organizations(request.user).order_by("handle")
    deletions = deletions_of(accounts)
    rows = [(account, deletions.get(account.id), closed_reason(request, account)) for account in accounts]
    return render(request, "workspaces/trash/mine.html", {"rows": rows})


@sent_once
@signed_in
@require_POST
def restore_account(request: PersonRequest, trashed_account_id: UUID) -> HttpResponse:
    """Restore an organization. Raises `Http404` unless it is in the trash and the person owns it."""
    account: Account | None = trashed_organizations(request.user).filter(id=trashed_account_id).first()
    if account is None:
        raise Http404
    if (refused := refusal(request, account)) is not None:
        return refused
    try:
        restore_organization(account, actor=request.user.as_actor())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("my-trash")
    messages.success(request, f"Restored the organization {account.handle}.")
    return redirect(account_address(account, "overview"))
