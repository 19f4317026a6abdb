"""Deleting an organization."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Account, ApiKey
from accounts.pages import sent_once
from auditlog.actors import USER
from orgs.models import Membership, ServiceAccount, Team
from orgs.pages import AccountRequest, account_page
from rbac import permissions
from workspaces.directory.deletion import delete_organization
from workspaces.models import Workspace


@sent_once
@account_page(permissions.DELETE_ACCOUNT)
def delete(request: AccountRequest) -> HttpResponse:
    """Move the organization with everything in it to the trash, once its handle has been typed.

    Raises `Http404` for a personal account, which is deleted with its person.
    """
    account, typed, problem = request.account, request.POST.get("typed", "").strip(), ""
    if account.kind == Account.PERSONAL:
        raise Http404
    if request.method == "POST" and typed == account.handle:
        try:
            delete_organization(account, actor=request.user.as_actor())
            messages.success(request, f"Deleted the organization {account.handle}.")
            return redirect("my-trash")
        except ValidationError as error:
            problem = " ".join(error.messages)
    refused = request.method == "POST"
    context = {"typed": typed, "refused": refused, "problem": problem, "contents": _contents(account)}
    context["days"] = settings.TRASH_DAYS
    return render(request, "orgs/delete.html", context, status=422 if refused else 200)


def _contents(account: Account) -> list[tuple[str, int]]:
    """Return what is deleted with the organization, as pairs of a singular label and a number."""
    return [
        ("workspace", Workspace.objects.filter(account=account).count()),
        ("member", Membership.objects.filter(account=account, user__kind=USER).count()),
        ("team", Team.objects.filter(account=account, everyone=False).count()),
        ("service account", ServiceAccount.objects.filter(home_account=account).count()),
        ("service account key", ApiKey.objects.filter(user__home_account=account).count()),
    ]
