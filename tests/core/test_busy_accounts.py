"""Accounts that used much processor time lately."""

import pytest

from core import busy_accounts
from core.busy_accounts import BUSY_FROM, BUSY_SECONDS, SHARE, BusyAccounts

pytestmark = pytest.mark.one_database(reason="no SQL")


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_an_account_is_busy_for_a_while_after_an_expensive_request() -> None:
    clock = Clock()
    accounts = BusyAccounts(clock=clock)
    accounts.add("somebody", BUSY_FROM + 0.01)
    assert "somebody" in accounts
    assert "another" not in accounts
    clock.now += BUSY_SECONDS - 1
    assert "somebody" in accounts
    clock.now += 1
    assert "somebody" not in accounts


def test_many_cheap_requests_make_busy_and_a_steady_share_does_not() -> None:
    clock = Clock()
    accounts = BusyAccounts(clock=clock)
    for _ in range(1_000):
        accounts.add("steady", 0.003)
        accounts.add("flood", 0.003)
        accounts.add("flood", 0.003)
        clock.now += 0.003 / SHARE
    assert "steady" not in accounts
    assert "flood" in accounts


def test_accounts_that_are_long_gone_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy_accounts, "_MOST_ACCOUNTS", 3)
    clock = Clock()
    accounts = BusyAccounts(clock=clock)
    for number in range(10):
        accounts.add(f"account {number}", BUSY_FROM + 1)
        clock.now += BUSY_SECONDS
    assert len(accounts._usage) <= 3
