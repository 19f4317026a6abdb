"""Pages of the IP allowlist: the list of networks, and whether it is enforced."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import blame
from accounts.pages import sent_once
from core.rest.callers import client_address
from orgs.forms import NetworkForm
from orgs.models import AllowedNetwork
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services.network_lines import add_network, remove_network, switch_enforcement, switch_network
from orgs.services.networks import MOST_NETWORKS, Network, contains_address, networks_of
from orgs.services.organizations import account_settings
from rbac import permissions

READ, WRITE = permissions.READ_IP_ALLOWLIST, permissions.UPDATE_IP_ALLOWLIST


@account_page(READ)
@require_safe
def network(request: AccountRequest) -> HttpResponse:
    return _page(request, NetworkForm(initial={"network": client_address(request)}))


@sent_once
@account_page(WRITE)
@require_POST
def add(request: AccountRequest) -> HttpResponse:
    form = NetworkForm(request.POST)
    if form.is_valid():
        line = Network(form.cleaned_data["network"], True, form.cleaned_data["description"])
        try:
            add_network(request.account, line, address=client_address(request), actor=request.user.as_actor())
            messages.success(request, f"{line.network} was added to the list.")
            return redirect(account_address(request.account, "network"))
        except ValidationError as error:
            blame(form, error, "network")
    return _page(request, form, status=422)


@sent_once
@account_page(WRITE)
@require_POST
def switch(request: AccountRequest, network_id: UUID) -> HttpResponse:
    """Enable or disable a network of the list."""
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
        messages.info(request, "This network is no longer in the list.")
        return redirect(account_address(request.account, "network"))
    if request.method != "POST":
        return render(request, "orgs/network_remove.html", {"row": row})
    try:
        remove_network(request.account, row.id, address=client_address(request), actor=request.user.as_actor())
    except ValidationError as error:
        return _refused(request, error)
    messages.success(request, f"{row.network} was removed from the list.")
    return redirect(account_address(request.account, "network"))


@sent_once
@account_page(WRITE)
@require_POST
def enforce(request: AccountRequest) -> HttpResponse:
    """Enforce the list or stop enforcing it. Refuses to enforce a list that would lock out the user."""
    on = request.POST.get("enforce") == "true"
    try:
        switch_enforcement(request.account, on, address=client_address(request), actor=request.user.as_actor())
    except ValidationError as error:
        return _refused(request, error)
    message = "The list is now enforced." if on else "The account can now be reached from anywhere."
    messages.success(request, message)
    return redirect(account_address(request.account, "network"))


def _refused(request: AccountRequest, error: ValidationError) -> HttpResponse:
    form = NetworkForm(initial={"network": client_address(request)})
    return _page(request, form, problem=" ".join(error.messages), status=422)


def _page(request: AccountRequest, form: NetworkForm, *, problem: str = "", status: int = 200) -> HttpResponse:
    rows = networks_of(request.account)
    address, enabled = client_address(request), [row.network for row in rows if row.enabled]
    context = {
        "rows": rows,
        "form": form,
        "problem": problem,
        "here": address,
        "counted": len(enabled),
        "lets_me_in": contains_address(enabled, address),
        "enforced": account_settings(request.account)["enforce_ip_allowlist"],
        "most": MOST_NETWORKS,
        "full": len(rows) >= MOST_NETWORKS,
        "may_change": request.account_access.may(WRITE),
    }
    return render(request, "orgs/network.html", context, status=status)
