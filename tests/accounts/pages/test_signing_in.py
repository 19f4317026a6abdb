"""Sign-up, sign-in, sign-out, reset: by forms, without scripts."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from accounts.models import Account, OutgoingMail, User
from auditlog.models import Entry
from tests.cast import PASSWORD, Person
from tests.visits import text, visitor

ADA = {"name": "Ada Lovelace", "email": "Ada@example.com", "handle": "ada", "password1": "a-long-enough-one"}


def test_sign_up_makes_the_person_the_account_and_the_mail(db: None) -> None:
    client = Client()
    answer = client.post("/auth/sign-up", ADA)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = User.objects.get(email="ada@example.com")
    assert (user.first_name, user.last_name, user.handle) == ("Ada", "Lovelace", "ada")
    assert client.get("/")["Location"] == "/welcome"
    mail = OutgoingMail.objects.get()
    assert (mail.recipient, mail.subject) == ("ada@example.com", "Welcome: confirm your email address")
    assert ADA["password1"] not in mail.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"handle": "olga"}, "This handle is taken."),
        ({"handle": "Not a handle"}, "lower-case letters"),
        ({"handle": "admin"}, "This handle is taken."),
        ({"email": "nonsense"}, "valid email"),
        ({"password1": "short"}, "too short"),
        ({"name": ""}, "required"),
    ],
)
def test_refused_sign_up_keeps_the_values_and_makes_nobody(owner: Person, change: dict[str, str], words: str) -> None:
    sent = {**ADA, **change}
    answer = Client().post("/auth/sign-up", sent)
    assert answer.status_code == 422
    assert words in text(answer)
    assert f'value="{sent["email"]}"' in answer.content.decode()
    assert ADA["password1"] not in answer.content.decode()
    assert list(User.objects.values_list("email", flat=True)) == ["olga@example.com"]


def test_handle_lost_in_the_last_moment_leaves_no_half_made_person(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.forms.check_handle", lambda handle: None)
    answer = Client().post("/auth/sign-up", {**ADA, "handle": "olga"})
    assert answer.status_code == 422
    assert (User.objects.count(), Account.objects.count()) == (1, 1)


def test_closed_registration_says_ask_for_an_invitation(db: None, settings) -> None:  # type: ignore[no-untyped-def]
    settings.OPEN_REGISTRATION = False
    assert "Ask for an invitation" in text(Client().get("/auth/sign-up"))
    assert "Ask for an invitation" in text(Client().post("/auth/sign-up", ADA))
    assert "Create an account" not in text(Client().get("/auth/sign-in"))
    assert User.objects.count() == 0


def test_sign_in_answers_alike_for_a_wrong_password_and_an_unknown_person(owner: Person) -> None:
    answers = [
        Client().post("/auth/sign-in", {"login": login, "password": "wrong-wrong"})
        for login in ("olga@example.com", "nobody@example.com")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    words = [re.sub(r"\S+@example.com", "", text(answer)) for answer in answers]
    assert words[0] == words[1]
    right = Client().post("/auth/sign-in", {"login": "olga@example.com", "password": PASSWORD})
    assert (right.status_code, right["Location"]) == (302, "/")


def test_suspended_person_is_told_so_and_stays_out(owner: Person) -> None:
    User.objects.filter(id=owner.user.id).update(is_active=False)
    client = Client()
    client.post("/auth/sign-in", {"login": "olga@example.com", "password": PASSWORD})
    assert client.get("/my/profile").status_code == 302


def test_sign_out_needs_a_post(owner: Person) -> None:
    client = visitor(owner.user)
    assert client.get("/auth/sign-out").status_code == 200
    assert client.get("/my/profile").status_code == 200
    client.post("/auth/sign-out")
    assert client.get("/my/profile").status_code == 302


def test_reset_answers_alike_and_its_link_works_once(owner: Person) -> None:
    client = Client()
    answers = [client.post("/auth/reset", {"email": f"{who}@example.com"}) for who in ("olga", "nobody")]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/auth/reset/sent")] * 2
    assert sorted(OutgoingMail.objects.values_list("recipient", "subject")) == [
        ("nobody@example.com", "No account with this address"),
        ("olga@example.com", "Choose a new password"),
    ]
    mail = OutgoingMail.objects.get(recipient="olga@example.com")
    found = re.search(r"http://127.0.0.1:8000(/auth/reset/\S+)", mail.text)
    assert found is not None
    form = client.get(found[1])
    assert form.status_code == 302
    refused = client.post(form["Location"], {"password1": "short", "password2": "short"})
    assert refused.status_code == 422
    new = "quite-another-one-7"
    done = client.post(form["Location"], {"password1": new, "password2": new})
    assert (done.status_code, done["Location"]) == (302, "/auth/reset/done")
    assert client.get("/my/profile").status_code == 200
    assert "This link does not work" in text(Client().get(found[1]))
    again = Client().post("/auth/sign-in", {"login": "olga@example.com", "password": new})
    assert again.status_code == 302


def test_password_change_asks_for_the_old_one(owner: Person) -> None:
    client = visitor(owner.user)
    new = {"password1": "quite-another-one-7", "password2": "quite-another-one-7"}
    assert client.post("/my/password", {"oldpassword": "wrong", **new}).status_code == 422
    assert client.post("/my/password", {"oldpassword": PASSWORD, **new}).status_code == 302
    owner.user.refresh_from_db()
    assert owner.user.check_password("quite-another-one-7")


def test_mail_address_is_confirmed_by_its_link(db: None) -> None:
    client = Client()
    client.post("/auth/sign-up", ADA)
    assert "not confirmed" in text(client.get("/my/profile"))
    client.post("/my/email/verify")
    assert "A link was sent a moment ago" in text(client.get("/my/profile"))
    cache.clear()
    client.post("/my/email/verify")
    assert OutgoingMail.objects.count() == 2
    mail = OutgoingMail.objects.latest("created")
    found = re.search(r"http://127.0.0.1:8000(/auth/verify/\S+)", mail.text)
    assert found is not None
    assert "Confirm ada@example.com" in text(client.get(found[1]))
    assert "not confirmed" in text(client.get("/my/profile"))
    assert client.post(found[1]).status_code == 302
    page = text(client.get("/my/profile"))
    assert "not confirmed" not in page
    assert "confirmed" in page
    assert "This link does not work" in text(Client().get("/auth/verify/nonsense"))


def test_what_people_do_at_the_door_is_in_the_record(owner: Person) -> None:
    client = Client()
    new, newer = "quite-another-one-7", "and-yet-another-8"
    client.post("/auth/sign-in", {"login": "olga@example.com", "password": PASSWORD})
    client.post("/my/password", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    client.post("/auth/sign-out")
    client.post("/auth/reset", {"email": "olga@example.com"})
    found = re.search(r"http://127.0.0.1:8000(/auth/reset/\S+)", OutgoingMail.objects.latest("created").text)
    assert found is not None
    form = client.get(found[1])["Location"]
    client.post(form, {"password1": newer, "password2": newer})
    actions = ["user.logged-in", "user.password-changed", "user.logged-out", "user.password-reset", "user.logged-in"]
    entries = list(Entry.objects.filter(action__in=actions).order_by("id"))
    assert [entry.action for entry in entries] == actions
    assert {(entry.actor_id, entry.account_id, entry.object_id) for entry in entries} == {
        (owner.user.id, owner.account.id, str(owner.user.id))
    }
    recorded = str(list(Entry.objects.values()))
    assert [secret in recorded for secret in (PASSWORD, new, newer, found[1])] == [False] * 4


def test_reset_confirms_the_address_that_its_link_was_sent_to(stranger: Person) -> None:
    Client().post("/auth/sign-up", ADA)
    EmailAddress.objects.filter(email=stranger.user.email).update(verified=False)
    client = Client()
    client.post("/auth/reset", {"email": "ada@example.com"})
    mail = OutgoingMail.objects.get(recipient="ada@example.com", subject="Choose a new password")
    found = re.search(r"http://127.0.0.1:8000(/auth/reset/\S+)", mail.text)
    assert found is not None
    form = client.get(found[1])["Location"]
    assert EmailAddress.objects.filter(verified=True).count() == 0
    client.post(form, {"password1": "quite-another-one-7", "password2": "quite-another-one-7"})
    assert list(EmailAddress.objects.filter(verified=True).values_list("email", flat=True)) == ["ada@example.com"]
    entry = Entry.objects.get(action="user.email-confirmed")
    assert (entry.actor_name, entry.detail) == ("Ada Lovelace", {"email": "ada@example.com"})


def test_password_and_its_entry_are_changed_together(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    client = visitor(owner.user)
    monkeypatch.setattr("accounts.signals.record", _broken)
    with pytest.raises(RuntimeError):
        client.post("/my/password", {"oldpassword": PASSWORD, "password1": "x-another-9", "password2": "x-another-9"})
    owner.user.refresh_from_db()
    assert owner.user.check_password(PASSWORD)


def _broken(*args: object, **kwargs: object) -> None:
    raise RuntimeError


@pytest.mark.parametrize(("verification", "status", "says"), [("optional", 422, True), ("mandatory", 302, False)])
def test_sign_up_tells_of_a_taken_address_unless_addresses_must_be_confirmed(
    owner: Person, settings: Any, verification: str, status: int, says: bool
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    tried = (("olga@example.com", "ada-1"), (ADA["email"], "ada-2"))
    answers = [Client().post("/auth/sign-up", {**ADA, "email": email, "handle": handle}) for email, handle in tried]
    assert [answer.status_code for answer in answers] == [status, 302]
    assert ("already" in text(answers[0])) is says
    assert (answers[0].get("Location") == answers[1]["Location"]) is not says


def test_handles_of_a_site_cannot_be_gone_through(owner: Person) -> None:
    answers = [Client().get("/auth/sign-up/handle", {"handle": f"olga-{number}"}) for number in range(61)]
    assert [answer.status_code for answer in answers] == [*[200] * 60, 429]


@pytest.mark.parametrize(
    ("handle", "words"),
    [("free-one", "free-one is free"), ("olga", "olga-2 would be free"), ("Bad Handle", "lower-case"), ("", "")],
)
def test_handle_is_checked_while_it_is_typed(owner: Person, handle: str, words: str) -> None:
    answer = Client().get("/auth/sign-up/handle", {"handle": handle})
    assert answer.status_code == 200
    assert words in text(answer)
