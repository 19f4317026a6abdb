"""Secrets are encrypted with keys that are derived from SECRET_KEY."""

from collections.abc import Iterator
from typing import Any

import pytest

from core import digests, secret_text
from core.secret_text import Undecipherable, decrypt, encrypt

pytestmark = pytest.mark.one_database(reason="no SQL")


@pytest.fixture(autouse=True)
def _keys_of_the_settings() -> Iterator[None]:
    yield
    _forget_keys()


def _forget_keys() -> None:
    digests.hash_keys.cache_clear()
    secret_text._fernet.cache_clear()


def test_encrypted_text_is_read_with_an_older_secret_key_too(settings: Any) -> None:
    token = encrypt("a secret ä")
    assert "secret" not in token
    assert encrypt("a secret ä") != token
    assert decrypt(token) == "a secret ä"
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    _forget_keys()
    assert decrypt(token) == "a secret ä"
    settings.SECRET_KEY_FALLBACKS = []
    _forget_keys()
    for text in (token, token[:-2], "", "x"):
        with pytest.raises(Undecipherable):
            decrypt(text)
