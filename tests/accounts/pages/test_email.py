"""Changing the email address: a link to the new address, opened in a session of the same account."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import OutgoingMail, User
from accounts.services.addresses import is_confirmed
from accounts.services.keys import create_key, find_key
from auditlog.models import Entry
from tests.cast import PASSWORD, Person
from tests.proofs import inside, link_for, mails_to, reset_password, signed_in, signed_up, subjects_to, user_of
from tests.visits import text, visitor

NEW = "olga@new.example.com"
OLD = "olga@example.com"


def _ask(client: Client, email: str = NEW) -> Any:
    return client.post("/my/email", {"email": email})


def _address(person: Person) -> str:
    return User.objects.get(id=person.user.id).email


@pytest.mark.usefixtures("mailing")
def test_address_changes_once_the_link_is_opened_in_a_session_of_the_account(owner: Person) -> None:
    client = signed_in(OLD)
    assert _ask(client)["Location"] == "/my/profile"
    assert (_address(owner), is_confirmed(owner.user)) == (OLD, True)
    page = text(client.get("/my/profile"))
    assert (OLD in page, NEW in page, "not confirmed" in page) == (True, True, True)
    assert (subjects_to(NEW), subjects_to(OLD)) == (
        ["Confirm your new email address"],
        ["Your email address is about to change"],
    )
    assert NEW in mails_to(OLD)[-1]
    link = link_for(NEW)
    assert (_address(owner), OLD in text(client.get(link))) == (OLD, True)
    assert "Your email address is now olga@new.example.com." in text(client.post(link, follow=True))
    assert (_address(owner), is_confirmed(User.objects.get(id=owner.user.id))) == (NEW, True)
    assert list(EmailAddress.objects.filter(user=owner.user).values_list("email", "verified", "primary")) == [
        (NEW, True, True)
    ]
    assert subjects_to(OLD)[-1] == "Your email address was changed"
    assert inside(signed_in(NEW))
    assert Client().post("/auth/sign-in", {"login": OLD, "password": PASSWORD}).status_code == 422
    assert find_key(owner.key_value) is not None
    actions = list(
        Entry.objects.filter(action__startswith="user.email").order_by("id").values_list("action", flat=True)
    )
    assert actions == ["user.email-change-requested", "user.email-changed"]


@pytest.mark.usefixtures("mailing")
def test_link_confirms_nothing_signed_out_or_in_the_session_of_somebody_else(owner: Person, stranger: Person) -> None:
    client = visitor(owner.user)
    _ask(client)
    link = link_for(NEW)
    signed_out = Client().post(link)
    assert (signed_out.status_code, "Sign in to confirm" in text(signed_out)) == (403, True)
    other = visitor(stranger.user).post(link)
    assert (other.status_code, "This link is for another account" in text(other)) == (403, True)
    assert (_address(owner), _address(stranger)) == (OLD, "boris@example.com")
    for method in ("get", "head"):
        getattr(client, method)(link)
    assert _address(owner) == OLD


@pytest.mark.usefixtures("mailing")
def test_link_of_the_old_address_does_not_confirm_the_new_one_nor_the_other_way_round(db: None) -> None:
    client = signed_up()
    first = link_for()
    _ask(client, "vera@new.example.com")
    client.post(first)
    assert (user_of().email, is_confirmed(user_of())) == ("vera@example.com", True)
    assert not EmailAddress.objects.filter(email="vera@new.example.com", verified=True).exists()


@pytest.mark.usefixtures("mailing")
def test_link_works_once_and_dies_with_a_newer_request_a_cancellation_and_a_reset(owner: Person) -> None:
    client = signed_in(OLD)
    _ask(client, "first@example.com")
    _ask(client, "second@example.com")
    assert "This link does not work" in text(client.post(link_for("first@example.com")))
    client.post("/my/email/new/cancel")
    assert "This link does not work" in text(client.post(link_for("second@example.com")))
    _ask(client, NEW)
    reset_password(OLD, client)
    assert "This link does not work" in text(client.post(link_for(NEW)))
    assert _address(owner) == OLD
    cache.clear()
    _ask(client, "third@example.com")
    link = link_for("third@example.com")
    client.post(link)
    assert "This link does not work" in text(client.post(link))
    assert _address(owner) == "third@example.com"


@pytest.mark.usefixtures("mailing")
def test_asking_again_keeps_the_link_that_was_sent(owner: Person) -> None:
    client = signed_in(OLD)
    _ask(client)
    assert "A link was sent a moment ago" in text(client.post("/my/email", {"email": NEW.upper()}, follow=True))
    assert subjects_to(NEW) == ["Confirm your new email address"]
    client.post(link_for(NEW))
    assert _address(owner) == NEW


@pytest.mark.usefixtures("mailing")
def test_asking_again_after_another_address_sends_a_new_link(owner: Person) -> None:
    client = signed_in(OLD)
    for email in (NEW, "other@example.com", NEW):
        _ask(client, email)
    assert len(subjects_to(NEW)) == 2
    client.post(link_for(NEW))
    assert _address(owner) == NEW


@pytest.mark.usefixtures("mailing")
def test_request_keeps_the_confirmed_address_whatever_its_case(owner: Person) -> None:
    User.objects.filter(id=owner.user.id).update(email="Olga@Example.com")
    client = visitor(User.objects.get(id=owner.user.id))
    _ask(client)
    client.post("/my/email/new/cancel")
    assert list(EmailAddress.objects.filter(user=owner.user).values_list("email", "verified")) == [(OLD, True)]


@pytest.mark.usefixtures("mailing")
def test_taken_address_is_not_told_and_its_owner_is(owner: Person, stranger: Person) -> None:
    answers = []
    for email in ("nobody@example.com", stranger.user.email):
        cache.clear()
        client = visitor(owner.user)
        client.get("/my/profile")
        before = OutgoingMail.objects.count()
        with CaptureQueriesContext(connection) as captured:
            answer = client.post("/my/email", {"email": email})
        page = text(client.get("/my/profile")).replace(email, "x")
        again = client.post("/my/email/new/send")
        answers.append(
            (answer.status_code, answer["Location"], page, again["Location"], OutgoingMail.objects.count() - before,
             len(captured))
        )  # fmt: skip
        client.post("/my/email/new/cancel")
    (*free, free_queries), (*taken, taken_queries) = answers
    assert free == taken
    assert abs(free_queries - taken_queries) <= 1
    assert subjects_to(stranger.user.email) == ["You already have an account"]
    assert "/auth/verify/" not in mails_to(stranger.user.email)[0]
    assert owner.user.email not in mails_to(stranger.user.email)[0]


@pytest.mark.usefixtures("mailing")
def test_address_that_somebody_signed_up_with_meanwhile_stays_theirs(owner: Person) -> None:
    client = visitor(owner.user)
    _ask(client, "vera@example.com")
    link = link_for("vera@example.com")
    theirs = signed_up("vera@example.com")
    assert "This link does not work" in text(client.post(link))
    assert (_address(owner), user_of().handle) == (OLD, "vera")
    theirs.post(link_for("vera@example.com"))
    assert is_confirmed(user_of())


@pytest.mark.parametrize("verification", ["none", "optional", "mandatory"])
def test_asking_for_an_address_keeps_nobody_from_signing_up_with_it(
    owner: Person, settings: Any, verification: str
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    _ask(visitor(owner.user), "vera@example.com")
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    signed_up("vera@example.com")
    assert user_of().handle == "vera"


@pytest.mark.usefixtures("mailing")
def test_new_address_does_not_sign_in_and_gets_no_reset_before_it_is_confirmed(owner: Person) -> None:
    _ask(visitor(owner.user))
    assert Client().post("/auth/sign-in", {"login": NEW, "password": PASSWORD}).status_code == 422
    Client().post("/auth/reset", {"email": NEW})
    assert subjects_to(NEW)[-1] == "No account with this address"


@pytest.mark.usefixtures("mailing")
def test_reset_link_of_the_old_address_is_dead_after_the_change(owner: Person) -> None:
    client = visitor(owner.user)
    Client().post("/auth/reset", {"email": OLD})
    reset = link_for(OLD, "reset")
    _ask(client)
    client.post(link_for(NEW))
    assert "This link does not work" in text(Client().get(reset, follow=True))


@pytest.mark.usefixtures("mailing")
def test_first_proof_in_a_browser_that_did_not_sign_up_ends_what_others_opened(db: None) -> None:
    attacker = signed_up()
    value = create_key(user_of(), name="planted", expires_at=None, actor=user_of().as_actor())[1]
    client = signed_in()
    cookie = client.cookies["bailiwick_session"].value
    _ask(client, "vera@new.example.com")
    assert "vera@new.example.com" not in mails_to()[-1]  # nobody has confirmed that address
    assert "in another browser" in text(client.get(link_for("vera@new.example.com")))
    done = text(client.post(link_for("vera@new.example.com"), follow=True))
    assert ("1 session signed out" in done, "1 API key revoked" in done) == (True, True)
    assert (inside(client), inside(attacker), find_key(value)) == (True, False, None)
    copy = Client()
    copy.cookies["bailiwick_session"] = cookie
    assert not inside(copy)


@pytest.mark.usefixtures("mailing")
def test_confirmation_gives_the_session_a_new_key(owner: Person) -> None:
    client = signed_in(OLD)
    cookie = client.cookies["bailiwick_session"].value
    _ask(client)
    client.post(link_for(NEW))
    copy = Client()
    copy.cookies["bailiwick_session"] = cookie
    assert (inside(client), inside(copy)) == (True, False)


@pytest.mark.usefixtures("mailing")
def test_mails_lead_to_the_configured_address_and_name_nobody(owner: Person, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    User.objects.filter(id=owner.user.id).update(first_name="Your payroll", last_name="is locked")
    client = visitor(User.objects.get(id=owner.user.id))
    client.post("/my/email", {"email": NEW}, headers={"host": "evil.example"})
    for mail in OutgoingMail.objects.all():
        content = f"{mail.subject} {mail.text} {mail.html}"
        assert set(re.findall(r"https?://([^/\s\"<]+)", content)) == {"127.0.0.1:8000"}
        assert not re.search("payroll|locked|evil", content)
