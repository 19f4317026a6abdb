"""The reminder of an unconfirmed email address."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Person
from tests.proofs import link_for, mails_to, signed_up
from tests.visits import visitor


@pytest.fixture
def mailing(settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"


@pytest.mark.usefixtures("mailing")
def test_reminder_stands_on_every_page_until_the_address_is_confirmed(db: None, settings: Any) -> None:
    client = signed_up()
    for path in ("/welcome", "/workspaces", "/my/profile", "/my/security", "/my/api-keys"):
        assert 'id="unconfirmed"' in client.get(path).content.decode()
    cache.clear()
    answer = client.post("/my/email/verify", {"next": "/workspaces"})
    assert (answer["Location"], len(mails_to())) == ("/workspaces", 2)
    again = client.post("/my/email/verify", {"next": "https://evil.example/"})
    assert (again["Location"], len(mails_to())) == ("/my/profile", 2)
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    assert 'id="unconfirmed"' not in client.get("/workspaces").content.decode()
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    client.post(link_for())
    assert 'id="unconfirmed"' not in client.get("/workspaces").content.decode()


def test_reminder_counts_no_more_queries(owner: Person, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    client = visitor(owner.user)
    counts = []
    for verified in (True, False):
        EmailAddress.objects.filter(user=owner.user).update(verified=verified)
        client.get("/my/api-keys")
        with CaptureQueriesContext(connection) as captured:
            client.get("/my/api-keys")
        counts.append(len(captured))
    assert counts[0] == counts[1]
