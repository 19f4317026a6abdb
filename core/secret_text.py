"""Encrypt secrets that the server itself must be able to read, such as those that it signs with.

The keys are derived from SECRET_KEY and SECRET_KEY_FALLBACKS, so a copy of the database does not reveal them.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.digests import hash_keys


class Undecipherable(Exception):
    """The text was encrypted with a SECRET_KEY that this installation no longer has."""


def encrypt(text: str) -> str:
    return _fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken:
        raise Undecipherable from None


@cache
def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in hash_keys("stored secrets")])
