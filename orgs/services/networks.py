"""Where an account may be reached from (cloud-api.md 8.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Account
from auditlog.actors import Actor
from orgs.models import AllowedNetwork
from orgs.services.audit import record_for

MOST_NETWORKS = 25


@dataclass(frozen=True, slots=True)
class Network:
    """A line of the list: the network in CIDR form, whether it counts, and what it is."""

    network: str
    enabled: bool = True
    description: str = ""


@transaction.atomic
def set_networks(account: Account, wanted: Sequence[Network], *, address: str, actor: Actor) -> None:
    """Replace the list. `address` is the caller's, which the list must let in, whether it is enforced already or not.

    Raises ValidationError for what is no network, one given twice, more than 25, a list that locks the caller out, and
    one that opens the account although it is enforced: that is done by no longer enforcing it.
    """
    row = Account.objects.select_for_update(no_key=True).get(id=account.id)
    lines = [Network(normal(line.network), line.enabled, line.description) for line in wanted]
    if len(lines) > MOST_NETWORKS:
        raise ValidationError(f"The list holds at most {MOST_NETWORKS} networks.")
    if len({line.network for line in lines}) < len(lines):
        raise ValidationError("A network stands in the list twice.")
    enabled = [line.network for line in lines if line.enabled]
    if row.enforced_networks and not enabled:
        raise ValidationError(
            "The list is enforced, and no network would be enabled in it any more: switch enforcement off first."
        )
    check_not_locked_out(enabled, address)
    known = {one.network: one for one in AllowedNetwork.objects.filter(account=row)}
    before = [_told(one.network, one.enabled, one.description) for one in known.values()]
    AllowedNetwork.objects.filter(account=row).exclude(network__in=[line.network for line in lines]).delete()
    for line in lines:
        AllowedNetwork.objects.update_or_create(
            account=row, network=line.network, defaults={"enabled": line.enabled, "description": line.description}
        )
    now = [_told(line.network, line.enabled, line.description) for line in lines]
    if sorted(before) != sorted(now):
        record_for(
            row,
            "ip-allowlist.updated",
            actor=actor,
            object_id=row.id,
            object_name=row.handle,
            changes={"networks": {"from": before, "to": now}},
        )
    enforce(row)
    account.enforced_networks = row.enforced_networks


def check_not_locked_out(enabled: Sequence[str], address: str) -> None:
    """Raise ValidationError when these networks, if they are any, do not let this address in."""
    if enabled and not within(enabled, address):
        raise ValidationError(locked_out(address))


def locked_out(address: str) -> str:
    """What to tell who asks from there."""
    who = f"Your address {address or '(unknown)'}"
    return f"{who} is in none of the networks that are enabled: you would lock yourself out."


def networks_of(account: Account) -> list[AllowedNetwork]:
    """The list, in the order in which its lines were added."""
    return list(AllowedNetwork.objects.filter(account=account).order_by("id"))


def enforce(account: Account) -> None:
    """Write down which networks the account's pages and API may be reached from now; none: from anywhere.

    Stands in the account's row, so that a request that is not restricted asks nothing more.
    """
    enabled = AllowedNetwork.objects.filter(account=account, enabled=True).order_by("network")
    account.enforced_networks = (
        list(enabled.values_list("network", flat=True)) if account.settings.get("enforce_ip_allowlist") else []
    )
    account.save(update_fields=["enforced_networks", "updated"])


@transaction.atomic
def note_refusal(account: Account, *, address: str, actor: Actor) -> None:
    """Write down that somebody was refused for where they came from."""
    record_for(
        account,
        "request.access-denied.ip-allowlist",
        actor=actor,
        object_id=account.id,
        object_name=account.handle,
        address=address,
    )


def note_seen(account_id: UUID, networks: Sequence[str], *, when: datetime) -> None:
    """Keep the newest time at which somebody came from these networks."""
    AllowedNetwork.objects.filter(account=account_id, network__in=networks).exclude(last_seen__gte=when).update(
        last_seen=when
    )


def within(networks: Sequence[str], address: str) -> bool:
    """Whether an address is in one of the networks."""
    return bool(holding(networks, address))


def holding(networks: Sequence[str], address: str) -> list[str]:
    """Those of the networks that an address is in. An IPv4 address in IPv6's clothes is the IPv4 address."""
    try:
        caller = ip_address(address)
    except ValueError:
        return []
    caller = getattr(caller, "ipv4_mapped", None) or caller
    return [network for network in networks if caller in _parsed(network)]


def normal(text: str) -> str:
    """A network in CIDR form, host bits cleared; an address alone is a network of one. Raises ValidationError."""
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise ValidationError(f"{text[:100]!r} is no IPv4 or IPv6 address or network.") from error
    first = network.network_address
    if first.version == 6 and first.scope_id:
        raise ValidationError(f"{text[:100]!r} is an address of one machine's interface, which says nothing to others.")
    if first.version == 6 and first.ipv4_mapped and network.prefixlen >= 96:
        return f"{first.ipv4_mapped}/{network.prefixlen - 96}"
    return str(network)


@lru_cache(maxsize=10_000)
def _parsed(network: str) -> IPv4Network | IPv6Network:
    return ip_network(network)


def _told(network: str, enabled: bool, description: str) -> str:
    return f"{network}{'' if enabled else ' (disabled)'} {description}".strip()
