"""Keyed hashes of secrets that hold 256 random bits: who has a copy of the database finds none by trying."""

import hashlib
import hmac
from functools import cache

from django.conf import settings

_LONGEST = 100


def digests(purpose: str, value: str) -> list[str]:
    """The hash under today's secret, then under those before it (SECRET_KEY_FALLBACKS); none for what is no secret."""
    if not value.isascii() or len(value) > _LONGEST:
        return []
    return [hmac.digest(pepper, value.encode(), "sha256").hex() for pepper in peppers(purpose)]


@cache
def peppers(purpose: str) -> list[bytes]:
    return [
        hashlib.sha256(f"bailiwick {purpose} {secret}".encode()).digest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
