"""An authentication counts for an account as long as the account says; afterwards its pages ask for the password."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from auditlog.actors import system
from orgs.services.organizations import update_organization
from tests.cast import PASSWORD, Organization, Person
from tests.visits import root, visitor

HOUR = 3600


@pytest.fixture
def strict(organization: Organization) -> Organization:
    update_organization(organization.account, auth_expiration_seconds=HOUR, actor=system("tests"))
    return organization


def signed_in(person: Person, *, seconds_ago: int) -> Client:
    """By the form, some time ago."""
    client = Client()
    assert client.post("/auth/sign-in", {"login": person.user.email, "password": PASSWORD}).status_code == 302
    session = client.session
    session["account_authentication_methods"] = [
        {**one, "at": one["at"] - seconds_ago} for one in session["account_authentication_methods"]
    ]
    session.save()
    return client


def places(organization: Organization) -> list[str]:
    return [f"/account/{organization.account.id}/members?q=x", f"{root(organization.workspace)}/dashboard?x=1"]


def test_old_sign_in_gives_the_password_again_and_comes_back(strict: Organization) -> None:
    for path in places(strict):
        client = signed_in(strict.admin, seconds_ago=HOUR + 5)
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/auth/reauthenticate?next={quote(path)}")
        assert client.get(path, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
        wrong = client.post(answer["Location"], {"password": "wrong", "next": path})
        assert (wrong.status_code, client.get(path).status_code) == (422, 302)
        right = client.post(answer["Location"], {"password": PASSWORD, "next": path})
        assert (right.status_code, right["Location"], client.get(path).status_code) == (302, path, 200)


def test_young_sign_in_keys_and_other_accounts_are_not_asked(strict: Organization) -> None:
    young, old = signed_in(strict.admin, seconds_ago=HOUR - 60), signed_in(strict.admin, seconds_ago=HOUR + 5)
    for path in places(strict):
        assert (young.get(path).status_code, old.get(path).status_code) == (200, 302)
    assert old.get(f"/account/{strict.admin.account.id}/members").status_code == 200
    assert old.get(f"{root(strict.admin.workspace)}/dashboard").status_code == 200
    assert strict.admin.api.get(f"/api/accounts/{strict.account.id}").status_code == 200


def test_a_form_sent_too_late_changes_nothing(strict: Organization) -> None:
    client = signed_in(strict.admin, seconds_ago=HOUR + 5)
    path = f"/account/{strict.account.id}/network"
    sent = client.post(path + "/add", {"network": "127.0.0.1"}, headers={"Referer": f"http://testserver{path}"})
    assert sent["Location"] == f"/auth/reauthenticate?next={quote(f'http://testserver{path}')}"
    sent = client.post(path + "/add", {"network": "127.0.0.1"}, headers={"Referer": "https://elsewhere.example/"})
    assert sent["Location"] == "/auth/reauthenticate?next=/"
    assert strict.member.api.get(f"/api/accounts/{strict.account.id}/ip_allowlist").json()["entries"] == []


def test_session_without_a_form_counts_from_the_last_sign_in(strict: Organization) -> None:
    client, path = visitor(strict.admin.user), places(strict)[0]
    assert client.get(path).status_code == 200
    user = strict.admin.user
    user.last_login = timezone.now() - timedelta(seconds=HOUR + 5)
    user.save(update_fields=["last_login"])
    assert client.get(path)["Location"].startswith("/auth/reauthenticate?")
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    user.last_login = timezone.now() - timedelta(seconds=HOUR + 5)
    user.save(update_fields=["last_login"])
    assert client.get(path)["Location"].startswith("/auth/sign-in?")
    assert "_auth_user_id" not in client.session


def test_strangers_learn_nothing(strict: Organization, stranger: Person) -> None:
    client = signed_in(stranger, seconds_ago=HOUR + 5)
    assert [client.get(path).status_code for path in places(strict)] == [404, 404]


MAKING_KEYS = ("/my/api-keys/create", "/auth/client/authorize")


def test_old_sign_in_makes_no_key_that_would_open_the_account(strict: Organization) -> None:
    form = {"name": "mine", "expiry": "30", "callback": "http://localhost:4321"}
    for path in (*MAKING_KEYS, "/auth/client?callback=http://localhost:4321"):
        before = strict.admin.user.api_keys.count()
        old = signed_in(strict.admin, seconds_ago=HOUR + 5)
        answer = old.post(path, form) if path in MAKING_KEYS else old.get(path)
        assert (path, answer.status_code) == (path, 302)
        assert answer["Location"].startswith("/auth/reauthenticate?")
        assert strict.admin.user.api_keys.count() == before
        old.post(answer["Location"], {"password": PASSWORD})
        assert (old.post(path, form) if path in MAKING_KEYS else old.get(path)).status_code == 200
    assert signed_in(strict.admin, seconds_ago=HOUR - 60).post(MAKING_KEYS[0], form).status_code == 200


def test_no_account_keeps_its_members_from_making_keys(organization: Organization) -> None:
    update_organization(organization.account, auth_expiration_seconds=1, actor=system("tests"))
    minutes_ago = signed_in(organization.admin, seconds_ago=300)
    assert minutes_ago.post(MAKING_KEYS[0], {"name": "mine", "expiry": "30"}).status_code == 200
    assert minutes_ago.get(f"/account/{organization.account.id}/")["Location"].startswith("/auth/reauthenticate?")
