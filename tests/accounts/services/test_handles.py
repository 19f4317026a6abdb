"""Handles: well formed, free, not reserved; an old one leads on for 90 days and is nobody else's meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import FormerHandle
from accounts.models.accounts import HANDLE_LENGTH
from accounts.services.handles import (
    RESERVED_HANDLES,
    account_by_handle,
    change_handle,
    check_handle,
    reserve_handle,
    suggest_handle,
)
from core.errors import Invalid, Taken
from tests.cast import Person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("handle", ["a", "acme", "acme-2", "x" * HANDLE_LENGTH])
def test_free_handle_is_taken(handle: str) -> None:
    check_handle(handle)


@pytest.mark.parametrize("handle", ["", "Acme", "a b", "a_b", "ä", "a/b", "x" * (HANDLE_LENGTH + 1)])
def test_handle_that_is_none_is_refused(handle: str) -> None:
    with pytest.raises(ValidationError):
        check_handle(handle)


@pytest.mark.parametrize("handle", sorted(RESERVED_HANDLES))
def test_word_of_an_address_is_no_handle(handle: str) -> None:
    with pytest.raises(Taken):
        check_handle(handle)


def test_handle_of_an_account_is_taken(owner: Person) -> None:
    with pytest.raises(Taken):
        check_handle(owner.account.handle)


def test_reserved_handle_is_taken_though_nobody_has_it() -> None:
    reserve_handle("acme")
    with pytest.raises(Taken):
        check_handle("acme")
    assert account_by_handle("acme") is None


def test_old_handle_leads_on_and_is_taken_for_others_alone(owner: Person) -> None:
    change_handle(owner.account, "olivia")
    assert account_by_handle("olga") == account_by_handle("olivia") == owner.account
    with pytest.raises(Taken):
        check_handle("olga")
    check_handle("olga", account=owner.account)


def test_account_takes_its_old_handle_back(owner: Person) -> None:
    for handle in ("olivia", "olga"):
        change_handle(owner.account, handle)
    assert owner.account.handle == "olga"
    assert list(FormerHandle.objects.values_list("handle", flat=True)) == ["olivia"]


def test_old_handle_is_free_after_its_time(owner: Person, stranger: Person) -> None:
    change_handle(owner.account, "olivia")
    FormerHandle.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert account_by_handle("olga") is None
    change_handle(stranger.account, "olga")
    assert account_by_handle("olga") == stranger.account


def test_nobody_collects_old_handles(owner: Person, settings: Any) -> None:
    settings.CAPS = {**settings.CAPS, "former_handles": 1}
    change_handle(owner.account, "olivia")
    with pytest.raises(Invalid, match="at most 1 times in 90 days"):
        change_handle(owner.account, "oona")
    change_handle(owner.account, "olga")  # back again


@pytest.mark.parametrize(
    ("words", "handle"),
    [
        ("Ann.Smith@example.com", "ann-smith"),
        ("Acme & Sons, Inc.", "acme-sons-inc"),
        ("  -- ", "user"),
        ("山田", "user"),
        ("admin", "admin-2"),
        ("x" * 500, "x" * (HANDLE_LENGTH - 8)),
    ],
)
def test_suggestion_is_made_of_the_words(words: str, handle: str) -> None:
    assert suggest_handle(words) == handle
    check_handle(suggest_handle(words))


def test_suggestion_is_free(owner: Person) -> None:
    assert suggest_handle("olga") == "olga-2"
    assert suggest_handle("olga", besides={"olga-2", "olga-3"}) == "olga-4"
    change_handle(owner.account, "olga-5")
    assert suggest_handle("olga") == "olga-2"  # the old one leads on
