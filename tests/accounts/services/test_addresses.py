"""Confirmed addresses: who must have one, who has, and what is asked of service accounts and the system."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.services.addresses import (
    Unconfirmed,
    check_confirmed,
    confirm_address,
    confirmation_required,
    confirmed_user,
    is_confirmed,
    may_send_confirmation,
    vouch_for_address,
)
from accounts.services.people import create_user
from auditlog.actors import system
from auditlog.models import Entry
from orgs.services.service_accounts import create_service_account

BY = system("tests")


@pytest.fixture
def una(db: None) -> User:
    """Somebody who signed up and did not open the link."""
    return create_user(email="una@example.com", password="x", handle="una", confirmed=False)


@pytest.mark.parametrize(
    ("verification", "sends", "required", "can_send"),
    [("none", False, False, False), ("none", True, False, True), ("optional", True, True, True)],
)
def test_confirmation_is_asked_where_the_setting_says(
    settings: Any, verification: str, sends: bool, required: bool, can_send: bool
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION, settings.SENDS_MAIL = verification, sends
    assert (confirmation_required(), may_send_confirmation()) == (required, can_send)


def test_address_is_confirmed_once_and_recorded(una: User) -> None:
    assert not is_confirmed(una)
    assert [confirm_address(una, actor=una.as_actor()) for _ in range(2)] == [True, False]
    assert is_confirmed(una)
    assert Entry.objects.get(action="user.email-confirmed").detail["email"] == una.email


def test_other_addresses_go_with_the_confirmation(una: User) -> None:
    EmailAddress.objects.create(user=una, email="old@example.com", verified=True)
    confirm_address(una, actor=una.as_actor())
    assert list(EmailAddress.objects.filter(user=una).values_list("email", flat=True)) == [una.email]


def test_confirmation_of_another_address_proves_nothing(una: User) -> None:
    EmailAddress.objects.create(user=una, email="old@example.com", verified=True)
    assert not is_confirmed(una)


def test_mail_names_only_active_people_who_confirmed(una: User) -> None:
    assert confirmed_user(una.email) is None
    confirm_address(una, actor=una.as_actor())
    assert confirmed_user(una.email) == una
    User.objects.filter(id=una.id).update(is_active=False)
    assert confirmed_user(una.email) is None


def test_operator_vouches_for_whom_they_make(db: None) -> None:
    made = User.objects.create(email="vic@example.com")
    vouch_for_address(made)
    assert is_confirmed(made)


def test_unconfirmed_person_is_refused_by_name_and_the_system_never(una: User) -> None:
    with pytest.raises(Unconfirmed, match=r"una@example\.com"):
        check_confirmed(una.as_actor())
    check_confirmed(BY)
    confirm_address(una, actor=una.as_actor())
    check_confirmed(una.as_actor())


def test_person_answers_for_the_service_accounts_of_their_account(una: User) -> None:
    account = una.personal_account
    EmailAddress.objects.filter(user=una).update(verified=True)
    bot, _, _ = create_service_account(account, name="ci", actor=BY)
    check_confirmed(bot.as_actor(), account)
    EmailAddress.objects.filter(user=una).update(verified=False)
    with pytest.raises(Unconfirmed, match=r"una@example\.com"):
        check_confirmed(bot.as_actor(), account)


def test_nobody_is_refused_where_no_confirmation_is_asked(una: User, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    check_confirmed(una.as_actor())
