"""Where an account may be reached from: the list of networks, and whether it counts."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import blame
from accounts.pages import sent_once
from accounts.rest.authentication import client_address
from orgs.forms import NetworkForm
from orgs.models import AllowedNetwork
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services.network_lines import add_network, remove_network, switch_enforcement, switch_network
from orgs.services.networks import MOST_NETWORKS, Network, networks_of, within
from orgs.services.organizations import account_settings

READ, WRITE = "read:ip_allowlist", "update:ip_allowlist"


@account_page(READ)
@require_safe
def network(request: AccountRequest) -> HttpResponse:
    here = client_address(request)
    return _page(request, NetworkForm(initial={"network": here}))


@sent_once
@account_page(WRITE)
@require_POST
def add(request: AccountRequest) -> HttpResponse:
    form = NetworkForm(request.POST)
    if form.is_valid():
        line = Network(form.cleaned_data["network"], True, form.cleaned_data["description"])
        try:
            add_network(request.account, line, address=client_address(request), actor=request.user.as_actor())
            messages.success(request, f"{line.network} is in the list.")
            return redirect(account_address(request.account, "network"))
        except ValidationError as error:
            blame(form, error, "network")
    return _page(request, form, status=422)


@sent_once
@account_page(WRITE)
@require_POST
def switch(request: AccountRequest, network_id: UUID) -> HttpResponse:
    """Let a line of the list count, or not."""
    enabled = request.POST.get("enabled") == "true"
    try:
        switch_network(
            request.account, network_id, enabled, address=client_address(request), actor=request.user.as_actor()
        )
    except ValidationError as error:
        return _refused(request, error)
    return redirect(account_address(request.account, "network"))


@sent_once
@account_page(WRITE)
def remove(request: AccountRequest, network_id: UUID) -> HttpResponse:
    row = AllowedNetwork.objects.filter(account=request.account, id=network_id).first()
    if row is None:
        messages.info(request, "This network is not in the list any more.")
        return redirect(account_address(request.account, "network"))
    if request.method != "POST":
        return render(request, "orgs/network_remove.html", {"row": row})
    try:
        remove_network(request.account, row.id, address=client_address(request), actor=request.user.as_actor())
    except ValidationError as error:
        return _refused(request, error)
    messages.success(request, f"{row.network} is taken out of the list.")
    return redirect(account_address(request.account, "network"))


@sent_once
@account_page(WRITE)
@require_POST
def enforce(request: AccountRequest) -> HttpResponse:
    """Let the list count, or not. Not while it would lock out whoever asks."""
    on = request.POST.get("enforce") == "true"
    try:
        switch_enforcement(request.account, on, address=client_address(request), actor=request.user.as_actor())
    except ValidationError as error:
        return _refused(request, error)
    words = "The list is enforced from now on." if on else "The account can be reached from anywhere now."
    messages.success(request, words)
    return redirect(account_address(request.account, "network"))


def _refused(request: AccountRequest, error: ValidationError) -> HttpResponse:
    form = NetworkForm(initial={"network": client_address(request)})
    return _page(request, form, problem=" ".join(error.messages), status=422)


def _page(request: AccountRequest, form: NetworkForm, *, problem: str = "", status: int = 200) -> HttpResponse:
    rows = networks_of(request.account)
    here, counted = client_address(request), [row.network for row in rows if row.enabled]
    context = {
        "rows": rows,
        "form": form,
        "problem": problem,
        "here": here,
        "counted": len(counted),
        "lets_me_in": within(counted, here),
        "enforced": account_settings(request.account)["enforce_ip_allowlist"],
        "most": MOST_NETWORKS,
        "full": len(rows) >= MOST_NETWORKS,
        "may_change": request.mine.may(WRITE),
    }
    return render(request, "orgs/network.html", context, status=status)
