"""Change single lines of an account's IP allowlist, and whether it is enforced. `networks` replaces the whole list."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from django.db import transaction

from accounts.models import Account
from auditlog.actors import Actor
from core.errors import Conflict, Invalid
from orgs.models import AllowedNetwork
from orgs.services.networks import Network, networks_of, normalize_network, set_networks
from orgs.services.organizations import update_account_settings

Lines = list[Network]


@transaction.atomic
def add_network(account: Account, line: Network, *, address: str, actor: Actor) -> None:
    """Add a network to the list. Raises the same errors as `set_networks`."""
    _change(account, lambda lines: [*lines, line], address, actor)


@transaction.atomic
def switch_network(account: Account, network_id: UUID, enabled: bool, *, address: str, actor: Actor) -> None:
    """Enable or disable a network. Raises `Conflict` if it is not in the list, and the errors of `set_networks`."""
    network = _network(account, network_id)
    _change(
        account,
        lambda lines: [replace(line, enabled=enabled) if line.network == network else line for line in lines],
        address,
        actor,
    )


@transaction.atomic
def remove_network(account: Account, network_id: UUID, *, address: str, actor: Actor) -> None:
    """Remove a network. Raises `Conflict` if it is not in the list, and the errors of `set_networks`."""
    network = _network(account, network_id)
    _change(account, lambda lines: [line for line in lines if line.network != network], address, actor)


@transaction.atomic
def switch_enforcement(account: Account, on: bool, *, address: str, actor: Actor) -> None:
    """Enforce the list or stop enforcing it.

    Raises `Invalid` if it is to be enforced and no network is enabled, or none that contains the caller's address.
    """
    list(Account.objects.select_for_update(no_key=True).filter(id=account.id))
    if on and not AllowedNetwork.objects.filter(account=account, enabled=True).exists():
        raise Invalid(f"No network is enabled yet. Enable a network that contains your address, {address}.")
    update_account_settings(account, {"enforce_ip_allowlist": on}, address=address, actor=actor)


def _change(account: Account, change: Callable[[Lines], Lines], address: str, actor: Actor) -> None:
    """Apply a change to the list. Locks the account, so that two changes of different lines at once both succeed."""
    list(Account.objects.select_for_update(no_key=True).filter(id=account.id))
    lines = [Network(row.network, row.enabled, row.description) for row in networks_of(account)]
    set_networks(account, change(lines), address=address, actor=actor)


def _network(account: Account, network_id: UUID) -> str:
    row = AllowedNetwork.objects.filter(account=account, id=network_id).first()
    if row is None:
        raise Conflict("This network is no longer in the list.")
    return normalize_network(row.network)
