"""Whose address counts: behind our proxy the one that it names, elsewhere the caller's own."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from core.rest.callers import client_address
from tests.cast import PASSWORD, Person


@pytest.mark.parametrize(
    ("behind", "forwarded", "address"),
    [
        (False, "", "10.0.0.1"),
        (False, "203.0.113.9", "10.0.0.1"),
        (True, "", "10.0.0.1"),
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (True, "2001:db8::7", "2001:db8::7"),
        (True, "nonsense", ""),
    ],
)
def test_only_the_last_word_of_a_trusted_proxy_counts(
    settings: Any, behind: bool, forwarded: str, address: str
) -> None:
    settings.BEHIND_PROXY = behind
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR="10.0.0.1")) == address


def test_wrong_passwords_behind_the_proxy_lock_out_only_who_sends_them(owner: Person, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    cache.clear()
    guesses = [_sign_in("203.0.113.66", f"guess-{number}", f"who{number}@example.com") for number in range(31)]
    assert 429 in guesses
    assert _sign_in("198.51.100.1, 203.0.113.66", PASSWORD) == 429
    assert _sign_in("203.0.113.7", PASSWORD) == 302


def test_forwarded_header_without_a_proxy_evades_no_limit(owner: Person, settings: Any) -> None:
    settings.BEHIND_PROXY = False
    cache.clear()
    guesses = [_sign_in(f"203.0.113.{number}", "guess", f"who{number}@example.com") for number in range(31)]
    assert 429 in guesses


def _sign_in(forwarded: str, password: str, login: str = "olga@example.com") -> int:
    client = Client(headers={"X-Forwarded-For": forwarded})
    return client.post("/auth/sign-in", {"login": login, "password": password}).status_code
