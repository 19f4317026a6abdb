"""The IP allowlist: the networks from which an account may be used (docs/contract/cloud-api.md, "IP allowlist")."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from uuid import UUID

from django.db import transaction

from accounts.models import Account
from accounts.services.access import check_access_stands
from auditlog.actors import Actor
from auditlog.models import FAILURE
from core.errors import Invalid
from orgs.models import AllowedNetwork
from orgs.models.plans import IP_ALLOWLIST
from orgs.plans import require_feature
from orgs.services.audit import record_for

MOST_NETWORKS = 25


@dataclass(frozen=True, slots=True)
class Network:
    """A line of the list. `network` is in CIDR form, or anything that `normalize_network` accepts."""

    network: str
    enabled: bool = True
    description: str = ""


@transaction.atomic
def set_networks(account: Account, wanted: Sequence[Network], *, address: str, actor: Actor) -> None:
    """Replace the list. `address` is the caller's IP address.

    Raises `Invalid` if a network is not valid or listed twice, and if there are more than 25. While the account is set
    to enforce its list, also raises `Invalid` if the enabled networks do not contain the caller's address, and if the
    last enabled network would go: to allow all addresses, stop enforcing the list. Raises `Forbidden` if the actor's
    access was ended since the request began, and unless networks are only removed, if the plan has no allowlist.
    """
    row = Account.objects.select_for_update(no_key=True).get(id=account.id)
    check_access_stands(actor)
    lines = [Network(normalize_network(line.network), line.enabled, line.description) for line in wanted]
    if len(lines) > MOST_NETWORKS:
        raise Invalid(f"The list holds at most {MOST_NETWORKS} networks.")
    if len({line.network for line in lines}) < len(lines):
        raise Invalid("A network is in the list twice.")
    enabled = [line.network for line in lines if line.enabled]
    if row.enforced_networks and not enabled:
        raise Invalid("The list is enforced, and this would leave no network enabled: switch enforcement off first.")
    if row.settings.get("enforce_ip_allowlist"):
        check_not_locked_out(enabled, address)
    existing = AllowedNetwork.objects.filter(account=row)
    before = [_describe(network.network, network.enabled, network.description) for network in existing]
    now = [_describe(line.network, line.enabled, line.description) for line in lines]
    if not set(now) <= set(before):
        require_feature(row, IP_ALLOWLIST)
    AllowedNetwork.objects.filter(account=row).exclude(network__in=[line.network for line in lines]).delete()
    for line in lines:
        AllowedNetwork.objects.update_or_create(
            account=row, network=line.network, defaults={"enabled": line.enabled, "description": line.description}
        )
    if sorted(before) != sorted(now):
        record_for(
            row,
            "ip-allowlist.updated",
            actor=actor,
            object_id=row.id,
            object_name=row.handle,
            changes={"networks": {"from": before, "to": now}},
        )
    update_enforced_networks(row)
    account.enforced_networks = row.enforced_networks


def check_not_locked_out(enabled: Sequence[str], address: str) -> None:
    """Raise `Invalid` if none of these networks contains the address. No networks at all means no restriction."""
    if enabled and not contains_address(enabled, address):
        raise Invalid(locked_out_message(address))


def locked_out_message(address: str) -> str:
    """Return the message for a caller whose address the enabled networks do not contain."""
    subject = f"Your address {address or '(unknown)'}"
    return f"{subject} is in none of the networks that are enabled: you would lock yourself out."


def networks_of(account: Account) -> list[AllowedNetwork]:
    """Return the list, in the order in which its lines were added."""
    return list(AllowedNetwork.objects.filter(account=account).order_by("id"))


def update_enforced_networks(account: Account) -> None:
    """Copy the enabled networks to the account's row if the list is enforced. An empty copy allows all addresses.

    Requests check the copy, so that they need no query of their own.
    """
    enabled = AllowedNetwork.objects.filter(account=account, enabled=True).order_by("network")
    account.enforced_networks = (
        list(enabled.values_list("network", flat=True)) if account.settings.get("enforce_ip_allowlist") else []
    )
    account.save(update_fields=["enforced_networks", "updated"])


@transaction.atomic
def record_refusal(account: Account, *, actor: Actor) -> None:
    """Write an audit entry about a request that was refused because of its address."""
    record_for(
        account,
        "request.access-denied.ip-allowlist",
        actor=actor,
        object_id=account.id,
        object_name=account.handle,
        result=FAILURE,
    )


def update_last_seen(account_id: UUID, networks: Sequence[str], *, when: datetime) -> None:
    """Update when requests last came from these networks, unless a later time is stored."""
    AllowedNetwork.objects.filter(account=account_id, network__in=networks).exclude(last_seen__gte=when).update(
        last_seen=when
    )


def contains_address(networks: Sequence[str], address: str) -> bool:
    """Return whether one of the networks contains an address."""
    return bool(networks_containing(networks, address))


def networks_containing(networks: Sequence[str], address: str) -> list[str]:
    """Return those of the networks that contain an address. An IPv4-mapped IPv6 address counts as the IPv4 address."""
    try:
        caller = ip_address(address)
    except ValueError:
        return []
    caller = getattr(caller, "ipv4_mapped", None) or caller
    return [network for network in networks if caller in _parsed(network)]


def normalize_network(text: str) -> str:
    """Return a network in CIDR form with host bits cleared. A single address is a network of one address.

    Raises `Invalid` if the text is neither an address nor a network, or an address with a zone (`fe80::1%eth0`).
    """
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise Invalid(f"{text[:100]!r} is not a valid IPv4 or IPv6 address or network.") from error
    first = network.network_address
    if first.version == 6 and first.scope_id:
        raise Invalid(f"{text[:100]!r} names a network interface of a single machine, so it cannot be used here.")
    if first.version == 6 and first.ipv4_mapped and network.prefixlen >= 96:
        return f"{first.ipv4_mapped}/{network.prefixlen - 96}"
    return str(network)


@lru_cache(maxsize=10_000)
def _parsed(network: str) -> IPv4Network | IPv6Network:
    return ip_network(network)


def _describe(network: str, enabled: bool, description: str) -> str:
    return f"{network}{'' if enabled else ' (disabled)'} {description}".strip()
