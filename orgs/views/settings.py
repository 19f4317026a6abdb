"""The page of an account's settings, and the page to leave the account."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.pages import sent_once
from orgs.pages import AccountRequest, account_address, account_page
from orgs.queries import solely_owned
from orgs.services.members import leave_account
from rbac import permissions


@account_page(permissions.UPDATE_ACCOUNT)
@require_safe
def settings(request: AccountRequest) -> HttpResponse:
    """Show the settings of an organization. A personal account has none but its profile."""
    if request.account.kind == Account.PERSONAL:
        return redirect(account_address(request.account, "edit"))
    return render(request, "orgs/settings.html")


@sent_once
@account_page(permissions.READ_ACCOUNT)
def leave(request: AccountRequest) -> HttpResponse:
    """Leave the account. The last owner cannot leave it, and nobody can leave their personal account."""
    problem = ""
    if request.account.user_id == request.user.id:
        raise Http404
    if request.method == "POST":
        try:
            leave_account(request.account, user=request.user, actor=request.user.as_actor())
            messages.success(request, f"You have left {request.account.name}.")
            return redirect("workspaces")
        except ValidationError as error:
            problem = " ".join(error.messages)
    only_owner = solely_owned(request.user).filter(id=request.account.id).exists()
    context = {"problem": problem, "only_owner": only_owner}
    return render(request, "orgs/leave.html", context, status=422 if problem else 200)
