"""The list of allowed networks line by line, and whether it counts. The list as a whole is in `networks`."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Account
from auditlog.actors import Actor
from orgs.models import AllowedNetwork
from orgs.services.networks import Network, networks_of, normal, set_networks
from orgs.services.organizations import update_account_settings

Lines = list[Network]


@transaction.atomic
def add_network(account: Account, line: Network, *, address: str, actor: Actor) -> None:
    """Raises ValidationError as `set_networks`."""
    _change(account, lambda lines: [*lines, line], address, actor)


@transaction.atomic
def switch_network(account: Account, network_id: UUID, enabled: bool, *, address: str, actor: Actor) -> None:
    """Let a line count, or not. Raises ValidationError as `set_networks`, and for a line that is gone."""
    network = _network(account, network_id)
    _change(
        account,
        lambda lines: [replace(line, enabled=enabled) if line.network == network else line for line in lines],
        address,
        actor,
    )


@transaction.atomic
def remove_network(account: Account, network_id: UUID, *, address: str, actor: Actor) -> None:
    """Raises ValidationError as `set_networks`, and for a line that is gone."""
    network = _network(account, network_id)
    _change(account, lambda lines: [line for line in lines if line.network != network], address, actor)


@transaction.atomic
def switch_enforcement(account: Account, on: bool, *, address: str, actor: Actor) -> None:
    """Let the list count, or not. Raises ValidationError while it lets nobody in, or not who asks from `address`."""
    list(Account.objects.select_for_update(no_key=True).filter(id=account.id))
    if on and not AllowedNetwork.objects.filter(account=account, enabled=True).exists():
        raise ValidationError(f"No network is enabled yet. Begin with one that holds your address, {address}.")
    update_account_settings(account, {"enforce_ip_allowlist": on}, address=address, actor=actor)


def _change(account: Account, change: Callable[[Lines], Lines], address: str, actor: Actor) -> None:
    """Two who change different lines at once both get their way: the account is held while the list is read."""
    list(Account.objects.select_for_update(no_key=True).filter(id=account.id))
    lines = [Network(row.network, row.enabled, row.description) for row in networks_of(account)]
    set_networks(account, change(lines), address=address, actor=actor)


def _network(account: Account, network_id: UUID) -> str:
    row = AllowedNetwork.objects.filter(account=account, id=network_id).first()
    if row is None:
        raise ValidationError("This network is not in the list any more.", code="conflict")
    return normal(row.network)
