"""Who may change an email address, how often, and what the form refuses."""

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import Account, OutgoingMail, User
from accounts.services.addresses import is_confirmed
from tests.cast import PASSWORD, Person
from tests.proofs import inside, link_for, signed_in, subjects_to
from tests.visits import text, visitor

NEW = "olga@new.example.com"
OLD = "olga@example.com"


def _ask(client: Client, email: str = NEW) -> Any:
    return client.post("/my/email", {"email": email})


def _address(person: Person) -> str:
    return User.objects.get(id=person.user.id).email


@pytest.mark.usefixtures("mailing")
def test_change_asks_for_the_password_unless_the_sign_in_is_recent(owner: Person) -> None:
    client = signed_in(OLD)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 700}]
    session.save()
    assert client.get("/my/email")["Location"] == "/auth/reauthenticate?next=/my/email"
    assert _ask(client)["Location"].startswith("/auth/reauthenticate?")
    assert not EmailAddress.objects.filter(email=NEW).exists()
    assert client.post("/auth/reauthenticate?next=/my/email", {"password": PASSWORD})["Location"] == "/my/email"
    assert client.get("/my/email").status_code == 200


@pytest.mark.usefixtures("mailing")
def test_newer_sign_in_of_another_browser_does_not_count(owner: Person) -> None:
    client = signed_in(OLD)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 700}]
    session.save()
    signed_in(OLD)
    assert client.get("/my/email").status_code == 302


@pytest.mark.usefixtures("mailing")
def test_requests_and_links_are_limited(owner: Person) -> None:
    client = visitor(owner.user)
    for number in range(5):
        assert _ask(client, f"a{number}@example.com").status_code == 302
    refused = _ask(client, "a5@example.com")
    assert (refused.status_code, 'value="a5@example.com"' in refused.content.decode()) == (422, True)
    assert subjects_to("a5@example.com") == []
    client.post("/my/email/new/send")
    assert "a moment ago" in text(client.get("/my/profile"))
    assert subjects_to("a4@example.com") == ["Confirm your new email address"]


@pytest.mark.parametrize("email", ["", "nonsense", "a@b", OLD, "OLGA@Example.com", f"{'x' * 250}@example.com"])
@pytest.mark.usefixtures("mailing")
def test_refused_address_stays_in_the_form(owner: Person, email: str) -> None:
    answer = _ask(visitor(owner.user), email)
    assert (answer.status_code, f'value="{email}"' in answer.content.decode() or not email) == (422, True)
    assert OutgoingMail.objects.count() == 0


@pytest.mark.usefixtures("mailing")
def test_forms_need_a_token_of_the_page(owner: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner.user)
    for path in ("/my/email", "/my/email/new/send", "/my/email/new/cancel"):
        assert client.post(path, {"email": NEW}).status_code == 403
    assert not EmailAddress.objects.filter(email=NEW).exists()
    for path in ("/my/email/new/send", "/my/email/new/cancel"):
        assert client.get(path).status_code == 405


def test_address_cannot_be_changed_from_a_network_that_the_account_refuses(owner: Person) -> None:
    Account.objects.filter(id=owner.account.id).update(enforced_networks=["10.0.0.0/8"])
    client = visitor(owner.user)
    paths = ("/my/email", "/my/email/new/send", "/my/email/new/cancel", "/my/delete")
    assert [client.post(path, {"email": NEW}).status_code for path in paths] == [403] * 4


@pytest.mark.usefixtures("mailing")
def test_link_does_not_confirm_from_a_network_that_the_account_refuses(owner: Person) -> None:
    client = visitor(owner.user)
    _ask(client)
    Account.objects.filter(id=owner.account.id).update(enforced_networks=["10.0.0.0/8"])
    assert [client.get(link_for(NEW)).status_code, client.post(link_for(NEW)).status_code] == [403, 403]
    assert _address(owner) == OLD


def test_without_mail_the_new_address_counts_at_once_and_is_not_confirmed(
    owner: Person, stranger: Person, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION, settings.SENDS_MAIL = "none", False
    client = visitor(owner.user)
    taken = _ask(client, stranger.user.email)
    assert (taken.status_code, "belongs to another account" in text(taken)) == (422, True)
    _ask(client)
    assert (_address(owner), is_confirmed(User.objects.get(id=owner.user.id))) == (NEW, False)
    assert inside(signed_in(NEW))


@pytest.mark.usefixtures("mailing")
def test_link_expires_in_three_days(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    client = visitor(owner.user)
    _ask(client)
    later = time.time() + timedelta(days=3, minutes=1).total_seconds()
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert "This link does not work" in text(client.get(link_for(NEW)))
