"""Keyed hashes of random secrets of 256 bits. A copy of the database does not help to guess them."""

import hashlib
import hmac
from functools import cache

from django.conf import settings

_LONGEST = 100


def digests(purpose: str, value: str) -> list[str]:
    """Return the hash under SECRET_KEY, then those under SECRET_KEY_FALLBACKS. Returns none for an invalid value."""
    if not value.isascii() or len(value) > _LONGEST:
        return []
    return [hmac.digest(key, value.encode(), "sha256").hex() for key in hash_keys(purpose)]


@cache
def hash_keys(purpose: str) -> list[bytes]:
    """Return a key for each secret of the site, so that hashes for one purpose are of no use for another."""
    return [
        hashlib.sha256(f"bailiwick {purpose} {secret}".encode()).digest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
