"""The command line's sign-in: a key leaves only for a program on the same machine, and only with consent."""

import re

import pytest
from django.test import Client

from accounts.models import ApiKey
from accounts.services.keys import find_key
from accounts.views.client import local_callback
from tests.cast import Person
from tests.visits import text, visitor

CALLBACK = "http://localhost:4242"


@pytest.mark.parametrize("good", [CALLBACK, "http://127.0.0.1:1", "http://localhost:65535/"])
def test_loopback_addresses_with_a_port_are_taken(good: str) -> None:
    assert local_callback(good) == good.rstrip("/")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "http://localhost",
        "https://localhost:4242",
        "http://evil.example:4242",
        "http://localhost.evil.example:4242",
        "http://localhost:4242@evil.example",
        "http://user@localhost:4242",
        "http://localhost:4242/path",
        "http://localhost:4242?x=1",
        "http://localhost:4242#x",
        "http://localhost:99999",
        "http://localhost:0",
        "http://localhost:4242; script-src *",
        "http://127.0.0.2:4242",
        "//localhost:4242",
        "javascript:alert(1)",
        "http://[::1",
    ],
)
def test_other_callbacks_are_refused(owner: Person, bad: str) -> None:
    assert local_callback(bad) is None
    client = visitor(owner.user)
    assert client.get("/auth/client", {"callback": bad}).status_code == 400
    assert client.post("/auth/client/authorize", {"callback": bad}).status_code == 400
    assert client.post("/auth/client/deny", {"callback": bad}).status_code == 400
    assert ApiKey.objects.filter(user=owner.user).count() == 1


def test_consent_says_who_what_and_how_long_and_makes_no_key(owner: Person) -> None:
    answer = visitor(owner.user).get("/auth/client", {"callback": CALLBACK})
    for words in ("olga@example.com", "@olga", "Command line", "30 days", CALLBACK):
        assert words in text(answer)
    assert "connect-src 'self';" in answer["Content-Security-Policy"] + ";"
    assert ApiKey.objects.filter(user=owner.user).count() == 1


def test_allowing_makes_a_key_and_lets_only_this_page_speak_to_the_callback(owner: Person) -> None:
    answer = visitor(owner.user).post("/auth/client/authorize", {"callback": CALLBACK})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert f"connect-src 'self' {CALLBACK};" in answer["Content-Security-Policy"] + ";"
    page = answer.content.decode()
    key = find_key(re.findall(r"pnu_[A-Za-z0-9]{30,}", page)[0])
    assert key is not None
    assert (key.user, (key.expires_at - key.created).days if key.expires_at else None) == (owner.user, 29)
    assert f'data-address="{CALLBACK}/success"' in page


def test_denying_makes_no_key_and_says_so_to_the_callback(owner: Person) -> None:
    answer = visitor(owner.user).post("/auth/client/deny", {"callback": CALLBACK})
    assert f'data-address="{CALLBACK}/failure"' in answer.content.decode()
    assert f"connect-src 'self' {CALLBACK};" in answer["Content-Security-Policy"] + ";"
    assert ApiKey.objects.filter(user=owner.user).count() == 1


def test_consent_of_another_site_is_refused(owner: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner.user)
    assert client.post("/auth/client/authorize", {"callback": CALLBACK}).status_code == 403
    assert client.get("/auth/client/authorize").status_code == 405
    assert ApiKey.objects.filter(user=owner.user).count() == 1
