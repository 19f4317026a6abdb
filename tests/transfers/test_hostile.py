"""What hostile accounts try: to write to others, flood them, learn about them, and hold up their transfers."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import OutgoingMail
from auditlog.models import Entry
from core.errors import Conflict
from tests.cast import Organization, Person
from tests.transfers.test_services import ask
from transfers.models import CANCELLED, WAITING, Transfer
from transfers.services import requests
from transfers.services.preview import Plan
from transfers.services.requests import cancel, start


@pytest.mark.parametrize("handle", ["go to evil.example", "UPPER", "x" * 64, "two\nlines"])
def test_outsiders_send_no_text_in_place_of_a_handle(organization: Organization, stranger: Person, handle: Any) -> None:
    with pytest.raises(ValidationError):
        ask(organization, stranger, new_handle=handle)
    assert not Transfer.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_requests_to_other_accounts_are_few_a_day(
    organization: Organization, stranger: Person, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MOST_REQUESTS", 2)
    admin = organization.admin
    for _ in range(2):
        cancel(ask(organization, stranger), user=admin.user, actor=admin.user.as_actor())
    mails, entries = OutgoingMail.objects.count(), Entry.objects.count()
    for target in (stranger, owner):
        with pytest.raises(Conflict, match="2 requests"):
            ask(organization, target)
    # Neither does an account of one's own help, from which one has sent none yet.
    with pytest.raises(Conflict, match="2 requests"):
        ask_from(admin, stranger)
    assert (OutgoingMail.objects.count(), Entry.objects.count()) == (mails, entries)
    # Transfers between one's own accounts write to nobody else, and do not count.
    ask(organization, admin)
    Transfer.objects.filter(status=CANCELLED).delete()
    assert ask_from(admin, stranger).status == WAITING


def ask_from(person: Person, target: Person) -> Transfer:
    plan = Plan(person.workspace, target.account, "moved", {}, 0)
    return start(plan, user=person.user, actor=person.user.as_actor())
