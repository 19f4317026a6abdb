"""Which IP addresses requests to addresses that people typed may reach: public ones, and what the operator allows."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings

# The special-purpose registries of IANA. `is_global` of Python differs between versions.
_NOT_PUBLIC = [
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # serves metadata of Azure
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
]  # fmt: skip
# All other IPv6 addresses are local, multicast, or stand for IPv4 addresses.
_PUBLIC_IPV6 = IPv6Network("2000::/3")


def may_reach(address: str) -> bool:
    """Return whether requests may go to this IP address. An invalid one is not allowed."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return _contains(settings.OUTGOING_NETWORKS, ip) or _is_public(ip)


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address) and (ip.scope_id or ip not in _PUBLIC_IPV6):
        return False
    return not _contains(_NOT_PUBLIC, ip)


def _contains(networks: Iterable[IPv4Network | IPv6Network], ip: IPv4Address | IPv6Address) -> bool:
    return any(ip.version == network.version and ip in network for network in networks)
