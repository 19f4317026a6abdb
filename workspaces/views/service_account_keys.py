"""The keys of a service account: rotated, the old one ended, a new value shown by one answer alone."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.models import ApiKey
from orgs.models import ServiceAccount
from orgs.pages import AccountRequest
from rbac.models import Grant
from workspaces.account_access import accesses, open_workspaces
from workspaces.connect import commands

_SHOWN = 5


def shown_once(request: AccountRequest, bot: ServiceAccount, key: ApiKey, value: str, *, new: bool) -> HttpResponse:
    """The answer with the key's value, and how a program runs with it in each of its workspaces."""
    granted = Grant.objects.filter(user=bot).values("workspace")
    mine = accesses(open_workspaces(request.user, request.account).filter(id__in=granted)[:_SHOWN], request.account)
    ways = [{"workspace": one.workspace, "commands": commands(one.workspace, value)} for one in mine]
    context = {"bot": bot, "key": key, "value": value, "ways": ways, "new": new}
    response = render(request, "orgs/service_accounts/key.html", context)
    response["Cache-Control"] = "no-store"
    return response


def made_already(request: AccountRequest, address: str) -> HttpResponse:
    """The answer to a form that comes again: its key was shown once."""
    messages.info(request, "This key was made already. Its value was shown once; rotate the key if you lost it.")
    return redirect(address)
