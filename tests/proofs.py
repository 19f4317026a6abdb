"""What tests of email addresses do: sign up, read the link in the mail that waits, choose a new password by it."""

import re
from typing import TYPE_CHECKING

from django.test import Client

from accounts.models import OutgoingMail, User
from tests.cast import PASSWORD

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

NEW_PASSWORD = "quite-another-one-7"
VICTIM = "vera@example.com"


def signed_up(email: str = VICTIM, handle: str = "vera") -> Client:
    """A browser in which somebody has just signed up, with a password of the cast."""
    client = Client()
    form = {"name": "Vera Example", "email": email, "handle": handle, "password1": PASSWORD}
    assert client.post("/auth/sign-up", form).status_code == 302
    return client


def user_of(email: str = VICTIM) -> User:
    return User.objects.get(email=email)


def link_for(email: str = VICTIM, what: str = "verify") -> str:
    """The path of the latest link of this kind in the mail to an address."""
    for mail in OutgoingMail.objects.filter(recipient=email).order_by("-created", "-id"):
        if found := re.search(rf"https?://[^/\s]+(/auth/{what}/\S+)", mail.text):
            return found[1]
    raise AssertionError(f"no link to /auth/{what} for {email}")


def mails_to(email: str = VICTIM) -> list[str]:
    return list(OutgoingMail.objects.filter(recipient=email).order_by("created", "id").values_list("text", flat=True))


def subjects_to(email: str = VICTIM) -> list[str]:
    return list(OutgoingMail.objects.filter(recipient=email).order_by("id").values_list("subject", flat=True))


def signed_in(email: str = VICTIM, password: str = PASSWORD) -> Client:
    client = Client()
    assert client.post("/auth/sign-in", {"login": email, "password": password}).status_code == 302
    return client


def reset_password(email: str = VICTIM, client: Client | None = None) -> "Answer":
    """Choose a new password by mail; the page at the end."""
    client = client or Client()
    client.post("/auth/reset", {"email": email})
    form = client.get(link_for(email, "reset"))["Location"]
    return client.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, follow=True)


def inside(client: Client) -> bool:
    """Whether the browser is signed in."""
    return client.get("/my/profile").status_code == 200
