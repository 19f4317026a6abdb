"""Where one is signed in, and the end of it from elsewhere (docs/contract/cloud-api.md, "The caller")."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services.sessions import end_all_sessions, sessions_of
from accounts.tasks import drop_expired
from auditlog.models import Entry
from tests.cast import PASSWORD, Person
from tests.visits import visitor

PATH = "/api/me/sessions"


def test_ending_all_sessions_takes_queries_of_one_size_however_many_there_are(owner: Person) -> None:
    kept = visitor(owner.user).session.session_key or ""
    sizes: list[int] = []

    def measure(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sizes.append(len(params or ()))
        return execute(sql, params, many, context)

    for number in (1, 20):
        for _ in range(number):
            visitor(owner.user)
        with connection.execute_wrapper(measure):
            assert end_all_sessions(owner.user, keep=kept) == number
    assert max(sizes) < 10
    assert [one.session_key for one in Session.objects.all()] == [kept]


def test_sessions_are_ones_own_and_never_show_what_opens_them(owner: Person, stranger: Person) -> None:
    browser = _signed_in("203.0.113.7", "Firefox")
    visitor(stranger.user)
    found = owner.api.get(PATH).json()
    assert found == [
        {
            "id": found[0]["id"],
            "created": found[0]["created"],
            "updated": found[0]["updated"],
            "user_id": str(owner.user.id),
            "ip_address": "203.0.113.7",
            "location": None,
            "user_agent": "Firefox",
            "expires_at": int(Session.objects.get(session_key=browser.session.session_key).expire_date.timestamp()),
            "restricted": False,
        }
    ]
    assert str(browser.session.session_key) not in owner.api.get(PATH).content.decode()


def test_ended_session_is_signed_out_and_leaves_an_entry(owner: Person) -> None:
    here, there = _signed_in("203.0.113.7", "Firefox"), _signed_in("198.51.100.1", "Safari")
    assert [one["user_agent"] for one in owner.api.get(PATH).json()] == ["Safari", "Firefox"]
    ended = owner.api.get(PATH).json()[0]["id"]
    assert there.get("/my/profile").status_code == 200
    assert owner.api.post(f"{PATH}/{ended}/terminate").status_code == 200
    assert (there.get("/my/profile").status_code, here.get("/my/profile").status_code) == (302, 200)
    assert [one["user_agent"] for one in owner.api.get(PATH).json()] == ["Firefox"]
    entry = Entry.objects.get(action="user.session-ended")
    assert (entry.actor_id, entry.account_id, entry.object_id) == (owner.user.id, owner.account.id, str(owner.user.id))
    assert entry.detail == {"address": "198.51.100.1", "user_agent": "Safari"}
    assert owner.api.post(f"{PATH}/{ended}/terminate").status_code == 404


def test_nobody_ends_the_session_of_another(owner: Person, stranger: Person) -> None:
    browser = _signed_in("203.0.113.7", "Firefox")
    session = owner.api.get(PATH).json()[0]["id"]
    for session_id in (session, uuid4(), "ffffffff-ffff-ffff-ffff-ffffffffffff"):
        answer = stranger.api.post(f"{PATH}/{session_id}/terminate")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    assert browser.get("/my/profile").status_code == 200
    assert Entry.objects.filter(action="user.session-ended").count() == 0


def test_sessions_that_open_nothing_are_not_listed(owner: Person) -> None:
    signed_out, expired, current = (_signed_in("203.0.113.7", name) for name in ("out", "expired", "current"))
    signed_out.post("/auth/sign-out")
    Session.objects.filter(session_key=expired.session.session_key).update(expire_date=timezone.now())
    assert [one["user_agent"] for one in owner.api.get(PATH).json()] == ["current"]
    body = {"oldpassword": PASSWORD, "password1": "another horse battery", "password2": "another horse battery"}
    other = _signed_in("203.0.113.7", "other")
    assert current.post("/my/password", body).status_code == 302
    assert other.get("/my/profile").status_code == 302
    assert current.get("/my/profile").status_code == 200
    assert [one.session_key for one in sessions_of(User.objects.get(id=owner.user.id))] == [current.session.session_key]


def test_sessions_of_operators_are_noted(operator: User) -> None:
    door = Client(REMOTE_ADDR="203.0.113.7")
    sent = {"login": operator.email, "password": PASSWORD}
    assert door.post("/auth/sign-in?next=/admin/", sent).status_code == 302
    assert [one.address for one in sessions_of(operator)] == ["203.0.113.7"]


@pytest.mark.parametrize("address", ["", "nonsense", "fe80::1%eth0"])
def test_unknown_address_keeps_nobody_out(owner: Person, address: str) -> None:
    assert _signed_in(address, "x").get("/my/profile").status_code == 200
    assert [one["ip_address"] for one in owner.api.get(PATH).json()] == ["fe80::1" if "fe80" in address else ""]


def test_sessions_are_filtered(owner: Person) -> None:
    for address, name in (("203.0.113.7", "first"), ("198.51.100.1", "second")):
        _signed_in(address, name)
    ends = owner.api.get(PATH).json()[0]["expires_at"]
    expected: list[tuple[Any, list[str]]] = [
        ({}, ["second", "first"]),
        ({"filter": None}, ["second", "first"]),
        ({"filter": {"ip_address": {"any_": None}}}, ["second", "first"]),
        ({"filter": {"ip_address": {"any_": []}}}, []),
        ({"filter": {"ip_address": {"any_": ["203.0.113.7"]}}}, ["first"]),
        ({"filter": {"ip_address": {"like_": "198.51"}}}, ["second"]),
        ({"filter": {"location": {"like_": "Kyiv"}}}, []),
        ({"filter": {"restricted": {"is_restricted_": True}}}, []),
        ({"filter": {"restricted": {"is_restricted_": False}}}, ["second", "first"]),
        ({"filter": {"expires_at": {"after_": ends + 60}}}, []),
        ({"filter": {"expires_at": {"before_": ends + 60}}}, ["second", "first"]),
        ({"limit": 1}, ["second"]),
        ({"limit": 1, "offset": 1}, ["first"]),
    ]
    for body, found in expected:
        answer = owner.api.post(f"{PATH}/filter", body)
        assert (answer.status_code, [one["user_agent"] for one in answer.json()]) == (200, found)
    for body in ({"limit": 201}, {"filter": {"user_agent": {}}}, {"filter": {"expires_at": {"after_": "soon"}}}):
        assert owner.api.post(f"{PATH}/filter", body).status_code == 422


def test_notes_of_ended_sessions_are_dropped(owner: Person) -> None:
    gone, stays = _signed_in("203.0.113.7", "gone"), _signed_in("203.0.113.7", "stays")
    Session.objects.filter(session_key=gone.session.session_key).update(expire_date=timezone.now() - timedelta(days=1))
    drop_expired()
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [stays.session.session_key]


def test_list_costs_the_same_for_one_and_three(owner: Person, django_assert_num_queries: Any) -> None:
    visitor(owner.user)
    owner.api.get(PATH)
    for expected in (1, 3):
        with django_assert_num_queries(3):
            assert len(owner.api.get(PATH).json()) == expected
        visitor(owner.user)
        visitor(owner.user)


def _signed_in(address: str, browser: str) -> Client:
    """A browser of the owner."""
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": browser})
    answer = client.post("/auth/sign-in", {"login": "olga@example.com", "password": PASSWORD})
    assert answer.status_code == 302
    return client
