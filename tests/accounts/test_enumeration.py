"""Whether an address has an account: answers to forms do not tell, in words, status, cookies or work.

Time is measured by what takes it: password hashes and queries are counted, so the tests do not depend on the machine.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, OutgoingMail, User
from accounts.services.people import create_user
from auditlog.models import Entry
from tests.cast import PASSWORD, Person
from tests.visits import text, visitor

KNOWN = ("confirmed", "unconfirmed", "suspended", "without-password", "operator")


@pytest.fixture(autouse=True)
def _fresh_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def people(db: None) -> None:
    for name in KNOWN[:-1]:
        create_user(email=f"{name}@example.com", password=PASSWORD, handle=f"is-{name}")
    EmailAddress.objects.filter(email="unconfirmed@example.com").update(verified=False)
    User.objects.filter(email="suspended@example.com").update(is_active=False)
    User.objects.filter(email="without-password@example.com").update(password="!")
    User.objects.create_superuser(email="operator@example.com", password=PASSWORD)


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    cookies: tuple[str, ...]
    words: str
    hashes: int
    mails: int
    queries: int


def _send(path: str, form: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Answer:
    """What somebody sees and can measure who sends the form from a new browser."""
    cache.clear()
    client, hashes, mails = Client(), 0, OutgoingMail.objects.count()
    client.get(path)
    encode = MD5PasswordHasher.encode

    def counted(*args: Any) -> str:
        nonlocal hashes
        hashes += 1
        return encode(*args)

    with monkeypatch.context() as patched, CaptureQueriesContext(connection) as queries:
        patched.setattr(MD5PasswordHasher, "encode", counted)
        answer = client.post(path, form)
    words = re.sub(r"\S+@example.com|csrf\S+", "", text(answer))
    cookies = tuple(sorted(client.cookies))
    more = OutgoingMail.objects.count() - mails
    return Answer(answer.status_code, answer.get("Location", ""), cookies, words, hashes, more, len(queries))


def _differences(path: str, field: str, form: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Answer]:
    """The answer to an unknown address, and those to known ones that differ from it, by address."""
    answers = {
        name: _send(path, {**form, field: f"{name}@example.com", "handle": f"handle-{name}"}, monkeypatch)
        for name in ("unknown", *KNOWN)
    }
    return {name: one for name, one in answers.items() if name == "unknown" or one != answers["unknown"]}


@pytest.mark.parametrize("verification", ["none", "optional", "mandatory"])
def test_sign_in_does_not_tell(people: None, settings: Any, monkeypatch: pytest.MonkeyPatch, verification: str) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    answers = _differences("/auth/sign-in", "login", {"password": "wrong"}, monkeypatch)
    assert list(answers) == ["unknown"]
    assert (answers["unknown"].status, answers["unknown"].hashes, answers["unknown"].queries) == (422, 1, 3)


@pytest.mark.parametrize("verification", ["none", "optional", "mandatory"])
def test_reset_does_not_tell(people: None, settings: Any, monkeypatch: pytest.MonkeyPatch, verification: str) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    answers = _differences("/auth/reset", "email", {}, monkeypatch)
    assert list(answers) == ["unknown"]
    assert (answers["unknown"].location, answers["unknown"].mails) == ("/auth/reset/sent", 1)


SIGN_UP = {"name": "Ada Lovelace", "password1": "a-long-enough-one"}


def test_sign_up_does_not_tell_where_addresses_must_be_confirmed(
    people: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    accounts = set(Account.objects.values_list("handle", flat=True))
    known = {
        name: _send("/auth/sign-up", {**SIGN_UP, "email": f"{name}@example.com", "handle": f"its-{name}"}, monkeypatch)
        for name in KNOWN
    }
    entries = Entry.objects.count()
    assert set(Account.objects.values_list("handle", flat=True)) == accounts
    assert User.objects.filter(email__endswith=".invalid").count() == 0
    new = _send("/auth/sign-up", {**SIGN_UP, "email": "new@example.com", "handle": "its-new"}, monkeypatch)
    assert Entry.objects.count() > entries
    assert (new.status, new.location, new.hashes, new.mails) == (302, "/auth/verify", 1, 1)
    for name, answer in known.items():
        assert (name, {**vars_of(answer), "queries": 0}) == (name, {**vars_of(new), "queries": 0})
        assert abs(answer.queries - new.queries) <= 2
    recipients = set(
        OutgoingMail.objects.filter(subject="You already have an account").values_list("recipient", flat=True)
    )
    assert recipients == {f"{name}@example.com" for name in KNOWN}


def vars_of(answer: Answer) -> dict[str, object]:
    return {name: getattr(answer, name) for name in Answer.__dataclass_fields__}


def test_the_handle_of_a_sign_up_with_a_known_address_is_taken_afterwards(
    owner: Person, stranger: Person, settings: Any
) -> None:
    """A handle that stays free would tell that there is no new account."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    Client().post("/auth/sign-up", {**SIGN_UP, "email": owner.user.email, "handle": "wanted"})
    Client().post("/auth/sign-up", {**SIGN_UP, "email": "new@example.com", "handle": "wanted-too"})
    for handle in ("wanted", "wanted-too"):
        assert "taken" in text(Client().get("/auth/sign-up/handle", {"handle": handle}))
        again = Client().post("/auth/sign-up", {**SIGN_UP, "email": "third@example.com", "handle": handle})
        assert (again.status_code, "This handle is taken" in text(again)) == (422, True)
        renamed = visitor(stranger.user).post("/my/profile", {"name": "Boris", "handle": handle})
        assert (renamed.status_code, "This handle is taken" in text(renamed)) == (422, True)


def test_a_refused_sign_up_does_not_tell(people: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    for form in ({**SIGN_UP, "password1": "short"}, {**SIGN_UP, "name": ""}):
        answers = _differences("/auth/sign-up", "email", form, monkeypatch)
        answers = {name: one for name, one in answers.items() if one.status != 422 or one.mails or one.hashes}
        assert answers == {}


def test_sign_in_after_a_sign_up_that_was_none_keeps_the_password(owner: Person, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    Client().post("/auth/sign-up", {**SIGN_UP, "email": owner.user.email, "handle": "wanted"})
    answers = [
        Client().post("/auth/sign-in", {"login": owner.user.email, "password": password}).status_code
        for password in (SIGN_UP["password1"], PASSWORD)
    ]
    assert answers == [422, 302]
