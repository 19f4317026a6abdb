"""Show a new secret once, such as that of an API key, even if the browser sends the form twice."""

import hmac
import secrets
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.models import ApiKey
from accounts.pages import first_answer, once_place
from core.digests import hash_keys

_VALUE_SECONDS = 5  # seconds that a secret can be shown again, as after a double click
_TOKEN_SECONDS = 24 * 3600  # seconds that a form's token is remembered
_NONCE_BYTES = 16


Row = TypeVar("Row", bound=Model)


def create_key_once(request: HttpRequest, create: Callable[[], tuple[ApiKey, str]]) -> tuple[ApiKey, str] | None:
    """Create a key and return it with its value, as `create_secret_once` does."""
    return create_secret_once(request, create, ApiKey.objects.select_related("user"))


def create_secret_once(
    request: HttpRequest, create: Callable[[], tuple[Row, str]], rows: QuerySet[Row]
) -> tuple[Row, str] | None:
    """Create one of the rows and return it with its secret, which only this response may show.

    If the same form is submitted again, nothing is created or revoked. Within five seconds the second call returns the
    same row and secret, because after a double click people see the second response. Later it returns None.
    """
    cache_key = once_place(request)
    if cache_key is None:
        return create()
    token = str(request.POST["once"])
    if not cache.add(cache_key, "", _TOKEN_SECONDS) and (row_id := first_answer(cache_key)):
        return _row_of_first_click(rows.filter(pk=row_id), cache.get(_value_key(cache_key)), token)
    try:
        row, value = create()
    except BaseException:  # after any error, the form may be submitted again
        cache.delete(cache_key)
        raise
    cache.set(_value_key(cache_key), _encrypt(value, token), _VALUE_SECONDS)
    cache.set(cache_key, str(row.pk), _TOKEN_SECONDS)
    return row, value


def _value_key(cache_key: str) -> str:
    return f"{cache_key}:value"


def _row_of_first_click(rows: QuerySet[Row], encrypted_value: str | None, token: str) -> tuple[Row, str] | None:
    """Return the row of the first click, or None if its secret was removed from the cache or the row was deleted."""
    row = rows.first()
    return (row, _decrypt(encrypted_value, token)) if row is not None and encrypted_value else None


def _encrypt(value: str, token: str) -> str:
    """Encrypt a key's value for the cache, so that only the token of this form decrypts it.

    This is a one-time pad: it is at least as long as the value, and the nonce makes it different each time.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return (nonce + _xor(value.encode(), _pad(nonce, token))).hex()


def _decrypt(encrypted_value: str, token: str) -> str:
    content = bytes.fromhex(encrypted_value)
    nonce, encrypted = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
    return _xor(encrypted, _pad(nonce, token)).decode()


def _pad(nonce: bytes, token: str) -> bytes:
    return hmac.digest(hash_keys("shown key")[0], nonce + token.encode(), "sha512")


def _xor(content: bytes, pad: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(content, pad[: len(content)], strict=True))
