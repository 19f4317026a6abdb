"""Limits on keys, and on addresses that call without a valid key.

Requests with valid keys do not count for their address, because many people may share it. `orgs.rate_limits` limits
accounts.
"""

from ipaddress import IPv6Address, ip_address
from uuid import UUID

from django.conf import settings

from core.busy_accounts import BusyAccounts
from core.processor_time import ProcessorTime
from core.rate_limits import RateLimiter
from core.rest.errors import ApiError
from core.shared_counters import SharedCounters

counters = SharedCounters()
_key_requests = RateLimiter("key-requests", counters=counters)
_address_requests = RateLimiter("address-requests", counters=counters)
_wrong_keys = RateLimiter("wrong-keys", counters=counters)
_guesses = RateLimiter("guesses", counters=counters)
processor_time = ProcessorTime()  # of accounts: `orgs.rate_limits` begins requests, `ApiView` ends them
busy_accounts = BusyAccounts()


def limit_key(key_id: UUID) -> None:
    """Count a request of this key. Raises `ApiError` 429 if the key made too many."""
    refuse_after(_key_requests.take(str(key_id), settings.RATE_LIMITS["key_requests"]), "requests with this key")


async def wait_for_key(key_id: UUID) -> None:
    """Count a request of this key, after waiting while it is over the limit."""
    await _key_requests.wait(str(key_id), settings.RATE_LIMITS["key_requests"])


def limit_anonymous(address: str) -> None:
    """Count a request to an endpoint that needs no key. Raises `ApiError` 429 if the address made too many."""
    wait = _address_requests.take(counted_as(address), settings.RATE_LIMITS["address_requests"])
    refuse_after(wait, "requests from this address")


def limit_wrong_keys(address: str) -> None:
    """Count a request with a wrong key. Raises `ApiError` 429 if the address sent too many."""
    wait = _wrong_keys.take(counted_as(address), settings.RATE_LIMITS["address_wrong_keys"])
    refuse_after(wait, "requests with wrong API keys from this address")


def sends_wrong_keys(address: str) -> bool:
    """Return whether the address reached its limit, so that its next key gets the cheapest check."""
    return _wrong_keys.is_used_up(counted_as(address), settings.RATE_LIMITS["address_wrong_keys"])


def count_guess(what: str, address: str, limit: int) -> int:
    """Count a request for a page that tells whether `what` exists.

    Return the seconds to wait if the address made too many, else 0.
    """
    return _guesses.take(f"{what}:{counted_as(address)}", limit)


def refuse_after(wait: int, what: str) -> None:
    """Raise `ApiError` 429 if there are seconds to wait. Clients parse `Retry-After` as a number."""
    if wait:
        raise ApiError(429, f"Too many {what}. Try again in {wait} seconds.", headers={"Retry-After": str(wait)})


def counted_as(address: str) -> str:
    """Return what to count an address as. Providers assign whole /64 networks, so IPv6 is counted by network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return parsed.packed[:8].hex()
    return address
