"""Limits of accounts: what all their people and service accounts use together."""

import asyncio
import time
from itertools import count as count_up
from types import SimpleNamespace
from typing import Any

import pytest

from core.rest import rate_limits as of_keys
from core.rest import views
from orgs import rate_limits
from tests.cast import Organization, Person
from tests.limits import Minute, minute
from workspaces.runs.api.flow_run_lists import FlowRunsCountView
from workspaces.runs.models import Log

__all__ = ["minute"]

pytestmark = pytest.mark.django_db
LINE = {"name": "n", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z"}


def count(person: Person, api: str) -> int:
    status: int = person.api.post(f"{api}/flow_runs/count").status_code
    return status


def test_the_people_of_an_account_share_its_limit_everywhere(organization: Organization, minute: Minute) -> None:
    minute.limit(account_requests=3)
    api = f"/api/accounts/{organization.account.id}"
    workspace_id = organization.owner.workspace.id
    assert organization.owner.api.get(api).status_code == 200
    assert organization.admin.api.get(api).status_code == 200
    assert organization.member.api.get(api).status_code == 200
    refused = organization.owner.api.get(api)
    assert (refused.status_code, refused["Retry-After"].isdecimal()) == (429, True)
    assert refused.json()["detail"].startswith("Too many requests in this account.")
    # Their personal accounts have limits of their own.
    assert count(organization.owner, organization.owner.workspace_api) == 200
    assert organization.owner.api.get(f"/api/me/workspaces/{workspace_id}/scopes").status_code == 200


def test_a_stranger_cannot_use_up_the_limit_of_an_account(
    owner: Person, stranger: Person, organization: Organization, minute: Minute
) -> None:
    minute.limit(account_requests=2)
    assert {count(stranger, owner.workspace_api) for _ in range(5)} == {404}
    assert {stranger.api.get(f"/api/accounts/{owner.account.id}").status_code for _ in range(5)} == {404}
    assert count(owner, owner.workspace_api) == 200


def test_one_account_over_its_limit_holds_up_no_other(owner: Person, stranger: Person, minute: Minute) -> None:
    minute.limit(account_requests=2)
    assert [count(owner, owner.workspace_api) for _ in range(3)] == [200, 200, 429]
    assert count(stranger, stranger.workspace_api) == 200


def test_bodies_are_counted_in_bytes_before_they_are_read(owner: Person, minute: Minute) -> None:
    minute.limit(account_megabytes=1)
    path = f"{owner.workspace_api}/logs/"
    answers = [owner.api.post(path, [{**LINE, "message": "x" * 600_000}]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert owner.api.get(f"{owner.workspace_api}/admin/version").status_code == 200


@pytest.mark.parametrize("limit", ["key_lines", "account_lines"])
def test_log_lines_are_counted_and_a_refused_batch_stores_nothing(owner: Person, minute: Minute, limit: str) -> None:
    minute.limit(**{limit: 5})
    path = f"{owner.workspace_api}/logs/"
    assert [owner.api.post(path, [LINE] * 4).status_code for _ in range(3)] == [201, 201, 429]
    assert Log.objects.count() == 8
    assert owner.api.post(path, []).status_code == 201
    refused = owner.api.post(path, [LINE])
    assert refused["Retry-After"].isdecimal()
    minute.pass_on(int(refused["Retry-After"]))
    assert owner.api.post(path, [LINE]).status_code == 201


def test_events_over_the_limit_wait_instead_of_being_dropped(
    owner: Person, minute: Minute, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute.limit(account_lines=2)
    waits: list[int] = []

    async def sleep(seconds: int) -> None:
        waits.append(seconds)
        minute.pass_on(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)

    async def send(number: int, size: int = 100) -> None:
        for _ in range(number):
            await rate_limits.wait_for_allowance(owner.account, owner.key, size)

    asyncio.run(send(2))
    assert waits == []
    asyncio.run(send(3))
    assert len(waits) == 2
    minute.limit(account_megabytes=1)
    waits.clear()
    minute.pass_on(60)
    asyncio.run(send(30, size=50_000))
    assert len(waits) == 1


def test_large_events_of_one_account_take_turns(
    owner: Person, stranger: Person, minute: Minute, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute.limit()
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(round(seconds))

    monkeypatch.setattr(asyncio, "sleep", sleep)

    async def send() -> None:
        for _ in range(4):
            await rate_limits.wait_for_allowance(owner.account, owner.key, 1_500_000)
        await rate_limits.wait_for_allowance(stranger.account, stranger.key, 1_500_000)
        await rate_limits.wait_for_allowance(owner.account, owner.key, 2_000)

    asyncio.run(send())
    assert waits == [0, 3, 6, 9, 0]


def test_expensive_requests_of_one_account_are_rationed_and_usual_ones_are_not(
    owner: Person, stranger: Person, minute: Minute, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute.limit(account_processor_seconds=6)
    monkeypatch.setattr(of_keys.processor_time, "_clock", lambda: 0.0)
    assert {count(stranger, stranger.workspace_api) for _ in range(50)} == {200}
    costly = [{**LINE, "message": "x" * 50}] * 20_000
    answers = []
    for _ in range(10):
        answers.append(owner.api.post(f"{owner.workspace_api}/logs/", costly))
        if answers[-1].status_code == 429:
            break
    assert [answer.status_code for answer in answers[:-1]] == [201] * (len(answers) - 1)
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) >= 1
    assert count(owner, owner.workspace_api) == 429
    assert count(stranger, stranger.workspace_api) == 200
    monkeypatch.setattr(of_keys.processor_time, "_clock", lambda: float(answers[-1]["Retry-After"]))
    assert count(owner, owner.workspace_api) == 200


def test_slow_reads_use_up_the_processor_time_of_their_account(
    owner: Person, stranger: Person, minute: Minute, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute.limit(account_processor_seconds=6)
    monkeypatch.setattr(of_keys.processor_time, "_clock", lambda: 0.0)
    waits = 0.0

    def later() -> float:
        return time.monotonic() + waits

    monkeypatch.setattr(views, "time", SimpleNamespace(thread_time=time.thread_time, monotonic=later))
    chosen = FlowRunsCountView.filtered_rows

    def slow(*args: Any) -> Any:
        nonlocal waits
        waits += 2.5
        return chosen(*args)

    monkeypatch.setattr(FlowRunsCountView, "filtered_rows", slow)
    assert [count(owner, owner.workspace_api) for _ in range(3)] == [200, 200, 429]
    refused = owner.api.post(f"{owner.workspace_api}/flow_runs/count")
    assert int(refused["Retry-After"]) >= 1
    assert count(stranger, stranger.workspace_api) == 200


def test_reads_of_less_than_a_second_and_writes_pay_no_waiting(
    owner: Person, minute: Minute, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute.limit(account_processor_seconds=6)
    monkeypatch.setattr(of_keys.processor_time, "_clock", lambda: 0.0)
    ticks = count_up(step=0.9)
    monkeypatch.setattr(views, "time", SimpleNamespace(thread_time=lambda: 0.0, monotonic=lambda: next(ticks)))
    assert {count(owner, owner.workspace_api) for _ in range(20)} == {200}
    ticks = count_up(step=30)
    statuses = {owner.api.post(f"{owner.workspace_api}/logs/", [LINE]).status_code for _ in range(5)}
    assert statuses == {201}
