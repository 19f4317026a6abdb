"""What an operator's login sees where other people make workspaces: it has no account that could own one."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.pages import PersonRequest
from workspaces.forms import possible_owners
from workspaces.models import Workspace


def owns_nothing(request: PersonRequest) -> bool:
    """Whether nothing can be made and nothing entered: no account, no organization to make workspaces in."""
    owners, open_to = possible_owners(request.user), Workspace.objects.open_to(request.user)
    return not owners.exists() and not open_to.exists()


def operators_login(request: PersonRequest) -> HttpResponse:
    return render(request, "workspaces/operator.html", status=422 if request.method == "POST" else 200)
