"""Mails about accounts have a text and an HTML part that say the same."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client

from accounts.models import OutgoingMail
from accounts.services.mail import deliver
from tests.cast import PASSWORD, Person
from tests.postbox import postbox, text_of
from tests.proofs import link_for, reset_password, signed_in, signed_up
from tests.visits import visitor

EMAIL = "olga@example.com"
TEMPLATES = Path(site.BASE_DIR) / "templates" / "account" / "email"


def _send_all_kinds(owner: Person) -> None:
    """Cause each kind of mail about an account."""
    signed_up()
    visitor(owner.user).post("/my/email/verify")
    client = visitor(owner.user)
    client.post("/my/email", {"email": "olga@new.example.com"})
    client.post("/my/email", {"email": "vera@example.com"})
    for email in (EMAIL, "nobody@example.com"):
        Client().post("/auth/reset", {"email": email})
    reset_password(EMAIL, client)
    form = {"oldpassword": "quite-another-one-7", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/my/password", form)
    signed_in().post(link_for("vera@example.com"))
    client.post("/my/email", {"email": "olga@newer.example.com"})
    client.post(link_for("olga@newer.example.com"))
    client.post("/my/delete", {"typed": "olga"})


@pytest.fixture
def mails(owner: Person, settings: Any) -> list[OutgoingMail]:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    _send_all_kinds(owner)
    return list(OutgoingMail.objects.order_by("id"))


def test_each_kind_of_mail_says_the_same_in_both_parts(mails: list[OutgoingMail]) -> None:
    assert {mail.subject for mail in mails} == {
        "Welcome: confirm your email address",
        "Confirm your new email address",
        "You already have an account",
        "Your email address is about to change",
        "Your email address was changed",
        "Your email address is confirmed",
        "Choose a new password",
        "No account with this address",
        "Your password was changed",
        "Your password was replaced",
        "Your account was deleted",
    }
    for mail in mails:
        assert mail.html.startswith("<!doctype html>")
        assert (mail.subject, re.search(r"<p[^>]*>\s*</p>", mail.html)) == (mail.subject, None)
        shown = re.sub(r"<style>.*?</style>|<[^>]+>", " ", mail.html, flags=re.DOTALL)
        words = " ".join(unescape(shown).split())
        for paragraph in mail.text.split("\n\n")[1:]:
            for line in paragraph.split("\n"):
                assert (mail.subject, " ".join(line.strip("- ").split()) in words) == (mail.subject, True)
        links = set(re.findall(r"https?://\S+/auth/\S+", mail.text))
        assert {unescape(link) for link in re.findall(r'href="([^"]+)"', mail.html)} == links


def test_mails_load_nothing_and_lead_to_the_site_alone(mails: list[OutgoingMail]) -> None:
    for mail in mails:
        assert not re.search(r"<(img|script|link|iframe)|url\(", mail.html)
        assert set(re.findall(r"https?://([^/\s\"<]+)", mail.html)) == {"127.0.0.1:8000"}


def test_every_text_mail_has_html(db: None) -> None:
    texts = {path.stem for path in TEMPLATES.glob("*_message.txt")}
    assert texts == {path.stem for path in TEMPLATES.glob("*_message.html")}


def test_markup_in_an_address_stays_text(owner: Person, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    visitor(owner.user).post("/my/email", {"email": "o'lga@example.com"})
    mail = OutgoingMail.objects.get(recipient="o'lga@example.com")
    assert "wants to use o&#x27;lga@example.com as" in mail.html


@pytest.mark.django_db(transaction=True)
def test_mail_server_gets_both_parts(owner: Person, settings: Any) -> None:
    with postbox() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        Client().post("/auth/reset", {"email": EMAIL})
        assert deliver(OutgoingMail.objects.get(recipient=EMAIL).id)
        mail = box.wait_for(EMAIL)
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    link = re.search(r"https?://\S+/auth/reset/\S+", text_of(mail))
    assert link is not None
    assert f'href="{link[0]}"' in text_of(mail, "html")
