"""Guesses at passwords: what they are counted by, and that they keep out nobody else."""

import re
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client

from accounts.known_browsers import COOKIE
from accounts.models import OutgoingMail, User
from accounts.services.sessions import UNKNOWN_ADDRESS, storable_address
from tests.cast import PASSWORD, Person


@pytest.fixture(autouse=True)
def _fresh_counts(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # as many guesses as they like
    cache.clear()


@pytest.fixture
def person(owner: Person) -> Person:
    User.objects.filter(id=owner.user.id).update(password=make_password(PASSWORD))
    owner.user.refresh_from_db()
    return owner


def _try(client: Client, password: str = PASSWORD, *, login: str = "olga@example.com", address: str = "") -> bool:
    """Whether the sign-in succeeded."""
    more: dict[str, Any] = {"REMOTE_ADDR": address} if address else {}
    return client.post("/auth/sign-in", {"login": login, "password": password}, **more).status_code == 302


def _attack(address: str = "203.0.113.66") -> None:
    for number in range(6):
        _try(Client(), f"guess-{number}", address=address)


# ------------------------------------------------------------ by browser
def test_guesses_do_not_lock_out_a_browser_that_signed_in_before(person: Person) -> None:
    known = Client()
    assert _try(known)
    known.post("/auth/sign-out")
    _attack()
    assert not _try(Client())  # the limit holds elsewhere
    assert _try(known)


def test_a_known_browser_has_a_limit_of_its_own(person: Person) -> None:
    known = Client()
    _try(known)
    known.post("/auth/sign-out")
    for number in range(5):
        assert not _try(known, f"guess-{number}")
    assert not _try(known)
    assert _try(Client())  # nor does it lock out others


def test_a_sign_in_that_succeeds_counts_for_nothing(person: Person) -> None:
    known = Client()
    for _ in range(8):
        assert _try(known)
        known.post("/auth/sign-out")


def test_a_browser_is_known_to_its_people_alone(person: Person, stranger: Person) -> None:
    mine = Client()
    assert _try(mine, login=stranger.user.email)
    mine.post("/auth/sign-out")
    _attack()
    assert not _try(mine)
    for email in ("olga@example.com", "boris@example.com"):
        cache.clear()
        assert _try(mine, login=email)
        mine.post("/auth/sign-out")
    _attack()
    assert _try(mine)


def test_a_change_of_the_password_ends_known_browsers_but_the_one_that_made_it(person: Person) -> None:
    known, desk = Client(), Client()
    assert (_try(known), _try(desk)) == (True, True)
    known.post("/auth/sign-out")
    new = "another horse battery"
    assert desk.post("/my/password", {"oldpassword": PASSWORD, "password1": new, "password2": new}).status_code == 302
    desk.post("/auth/sign-out")
    _attack()
    assert (_try(known, new), _try(desk, new)) == (False, True)


def test_a_reset_leads_past_the_guesses_of_others(person: Person) -> None:
    desk, new = Client(), "another horse battery"
    desk.post("/auth/reset", {"email": "olga@example.com"})
    link = re.search(r"https?://[^/]+(/auth/reset/\S+)", OutgoingMail.objects.latest("created").text)
    assert link is not None
    form = desk.get(link[1])["Location"]
    assert desk.post(form, {"password1": new, "password2": new}).status_code == 302
    _attack()
    assert (_try(Client(), new), _try(desk, new)) == (False, True)


def test_the_cookie_names_nobody_and_cannot_be_forged(person: Person) -> None:
    known = Client()
    _try(known)
    cookie = known.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], bool(cookie["max-age"])) == (True, "Lax", True)
    for secret in (str(person.user.id), person.user.id.hex, "olga", person.user.password):
        assert secret not in cookie.value
    _attack()
    payload, _, signature = cookie.value.partition(":")
    for forged in (cookie.value[:-1] + "x", payload, f"{payload[:-2]}xx:{signature}", "x" * 5000, ""):
        thief = Client()
        thief.cookies[COOKIE] = forged
        assert not _try(thief)


def test_the_cookie_opens_nothing(person: Person) -> None:
    known = Client()
    _try(known)
    thief = Client()
    thief.cookies[COOKIE] = known.cookies[COOKIE].value
    assert thief.get("/my/profile").status_code == 302


# ------------------------------------------------------------ by address
def _guesses(addresses: list[str]) -> list[int]:
    """Answers to a guess from each address, at another person each time."""
    answers = []
    for number, address in enumerate(addresses):
        sent = {"login": f"who{number}@example.com", "password": "guess"}
        answers.append(Client().post("/auth/sign-in", sent, REMOTE_ADDR=address).status_code)
    return answers


def test_ipv6_addresses_of_one_network_are_counted_as_one(db: None) -> None:
    assert 429 in _guesses([f"2001:db8:1:2::{number:x}" for number in range(1, 33)])
    assert _guesses(["2001:db8:1:3::1"]) == [422]


def test_ipv4_addresses_written_as_ipv6_are_counted_each(db: None, rf: Any) -> None:
    assert set(_guesses([f"::ffff:203.0.113.{number}" for number in range(1, 33)])) == {422}
    assert 429 in _guesses(["::ffff:203.0.113.99", "203.0.113.99"] * 16)


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        ("2001:db8:1:2::7", "2001:db8:1:2::7"),  # shown in full, though counted by its network
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("nonsense", UNKNOWN_ADDRESS),
    ],
)
def test_addresses_are_stored_in_full(rf: Any, address: str, stored: str) -> None:
    assert storable_address(rf.get("/", REMOTE_ADDR=address)) == stored


# ------------------------------------------------------------ at the admin site
def test_operators_sign_in_as_everybody_does_and_come_back(operator: User) -> None:
    client = Client()
    asked = client.get("/admin/accounts/user/?q=x")
    assert asked["Location"] == "/admin/login/?next=/admin/accounts/user/%3Fq%3Dx"
    door = client.get(asked["Location"])
    assert (door.status_code, door["Location"]) == (302, "/auth/sign-in?next=/admin/accounts/user/%3Fq%3Dx")
    signed_in = client.post(door["Location"], {"login": operator.email, "password": PASSWORD})
    assert (signed_in.status_code, signed_in["Location"]) == (302, "/admin/accounts/user/?q=x")
    assert client.get(signed_in["Location"]).status_code == 200
    assert client.get("/admin/login/")["Location"] == "/admin/"


def test_the_admin_site_takes_no_password(operator: User) -> None:
    client = Client()
    answer = client.post("/admin/login/", {"username": operator.email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/auth/sign-in?next=/admin/")
    assert client.get("/admin/").status_code == 302


def test_guesses_at_an_operator_are_counted_by_person(operator: User) -> None:
    for number in range(6):
        _try(Client(), f"guess-{number}", login=operator.email, address=f"203.0.113.{number}")
    assert not _try(Client(), login=operator.email, address="203.0.113.99")


def test_everybody_else_is_refused_without_a_loop(person: Person) -> None:
    client = Client()
    _try(client)
    answer = client.get("/admin/", follow=True)
    assert (answer.status_code, len(answer.redirect_chain)) == (403, 1)
    assert b"Only operators" in answer.content


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_way_back_leads_to_this_site(operator: User, wanted: str) -> None:
    assert Client().get("/admin/login/", {"next": wanted})["Location"] == "/auth/sign-in?next=/admin/"
    client = Client()
    _try(client, login=operator.email)
    assert client.get("/admin/login/", {"next": wanted})["Location"] == "/admin/"
