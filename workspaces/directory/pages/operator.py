"""The page for operators without a personal account, who can neither enter nor create workspaces."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.pages import PersonRequest
from workspaces.directory.forms import possible_owners
from workspaces.models import Workspace


def has_no_workspaces(request: PersonRequest) -> bool:
    """Return whether the person may neither enter a workspace nor create one in any account."""
    owners, open_to = possible_owners(request.user), Workspace.objects.open_to(request.user)
    return not owners.exists() and not open_to.exists()


def operator_page(request: PersonRequest) -> HttpResponse:
    """Render the page, in place of one that lists or creates workspaces."""
    return render(request, "workspaces/operator.html", status=422 if request.method == "POST" else 200)
