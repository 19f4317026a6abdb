"""A change of the email address and what happens in the same moment."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from auditlog.models import Entry
from tests.at_once import at_once
from tests.cast import PASSWORD, Person
from tests.proofs import NEW_PASSWORD, link_for, signed_in, signed_up
from tests.visits import visitor

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "olga@new.example.com"


@pytest.fixture(autouse=True)
def _mailing(settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"


def _consistent(person: Person) -> str:
    """The address of the person, which is the only one."""
    email = User.objects.get(id=person.user.id).email
    assert list(EmailAddress.objects.filter(user=person.user).values_list("email", "primary", "verified")) == [
        (email, True, True)
    ]
    return email


def test_link_that_is_used_in_two_tabs_changes_the_address_once(owner: Person) -> None:
    tabs = [visitor(owner.user), visitor(owner.user)]
    tabs[0].post("/my/email", {"email": NEW})
    link = link_for(NEW)
    statuses = at_once(*(lambda tab=tab: tab.post(link).status_code for tab in tabs))
    assert sorted(statuses) == [200, 302]
    assert _consistent(owner) == NEW
    assert Entry.objects.filter(action="user.email-changed").count() == 1


def test_password_that_is_changed_meanwhile_does_not_bring_back_the_old_address(owner: Person) -> None:
    tabs = [signed_in("olga@example.com"), signed_in("olga@example.com")]
    tabs[0].post("/my/email", {"email": NEW})
    link = link_for(NEW)
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    at_once(lambda: tabs[0].post(link), lambda: tabs[1].post("/my/password", form))
    if Entry.objects.filter(action="user.email-changed").exists():
        assert _consistent(owner) == NEW
    else:  # the new password ended the session first
        assert User.objects.get(id=owner.user.id).email == "olga@example.com"


def test_cancellation_and_confirmation_leave_one_address(owner: Person) -> None:
    tabs = [visitor(owner.user), visitor(owner.user)]
    tabs[0].post("/my/email", {"email": NEW})
    link = link_for(NEW)
    at_once(lambda: tabs[0].post(link), lambda: tabs[1].post("/my/email/new/cancel"))
    assert _consistent(owner) in (NEW, "olga@example.com")


def test_address_that_two_want_belongs_to_one(owner: Person, stranger: Person) -> None:
    links, clients = [], [visitor(owner.user), visitor(stranger.user)]
    for client in clients:
        client.post("/my/email", {"email": NEW})
        links.append(link_for(NEW))
    answers = at_once(
        *(lambda client=client, link=link: client.post(link) for client, link in zip(clients, links, strict=True))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert User.objects.filter(email=NEW).count() == 1
    assert EmailAddress.objects.filter(email=NEW, verified=True).count() == 1


def test_sign_up_at_the_moment_of_the_confirmation_makes_no_second_owner(owner: Person) -> None:
    client = visitor(owner.user)
    client.post("/my/email", {"email": NEW})
    link = link_for(NEW)
    at_once(lambda: client.post(link), lambda: signed_up(NEW, "vera"))
    assert User.objects.filter(email=NEW).count() == 1
