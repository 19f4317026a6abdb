"""Deleting one's own account."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Account, User
from accounts.pages import PersonRequest, signed_in
from accounts.services.sessions import sessions_of
from auditlog.actors import USER
from orgs.models import Membership, ServiceAccount
from orgs.queries import solely_owned
from workspaces.directory.deletion import delete_person
from workspaces.models import Workspace


@signed_in
def delete(request: PersonRequest) -> HttpResponse:
    """Delete the person with their personal account, once its handle has been typed."""
    user = request.user
    expected, typed, problem = user.handle or user.email, request.POST.get("typed", "").strip(), ""
    if request.method == "POST" and typed == expected:
        try:
            delete_person(user, actor=user.as_actor())
            request.session.flush()
            messages.success(request, "Your account was deleted.")
            return redirect("account_login")
        except ValidationError as error:
            problem = " ".join(error.messages)
    refused = request.method == "POST"
    context = {
        "expected": expected,
        "typed": typed,
        "refused": refused,
        "problem": problem,
        "contents": _contents(user),
        "solely_owned": list(solely_owned(user).order_by("handle")),
        "organizations": list(Account.objects.filter(memberships__user=user).order_by("handle")),
    }
    return render(request, "workspaces/person_delete.html", context, status=422 if refused else 200)


def _contents(user: User) -> list[tuple[str, int]]:
    """Return what is deleted with the person, as pairs of a singular label and a number."""
    account = getattr(user, "personal_account", None)
    return [
        ("workspace", Workspace.objects.filter(account=account).count()),
        ("collaborator", Membership.objects.filter(account=account, user__kind=USER).count()),
        ("service account", ServiceAccount.objects.filter(home_account=account).count() if account else 0),
        ("API key", user.api_keys.count()),
        ("session", len(sessions_of(user))),
    ]
