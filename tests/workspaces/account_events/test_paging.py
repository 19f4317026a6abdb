"""Pages of the events of an account: each event once, and a limited amount of work for each page."""

import uuid
from typing import Any

import pytest

from orgs.services.teams import create_team
from tests.cast import Organization
from tests.workspaces.account_events.calls import found, happen, root
from workspaces.account_events import reading


def test_pages_have_every_event_once(organization: Organization) -> None:
    api, actor = organization.owner.api, organization.owner.user.as_actor()
    for number in range(4):
        create_team(organization.account, name=f"Team {number}", actor=actor)
        happen(organization.workspace, f"test.{number}")
    for order in ("DESC", "ASC"):
        everything = found(api, organization, order=order)
        page = found(api, organization, limit=3, order=order)
        ids = [event["id"] for event in page["events"]]
        while page["next_page"]:
            assert page["total"] == everything["total"] == len(everything["events"])
            page = api.get("/api" + page["next_page"].partition("/api")[2]).json()
            ids += [event["id"] for event in page["events"]]
        assert ids == [event["id"] for event in everything["events"]]
        assert len(ids) == len(set(ids)) >= 8
    second = found(api, organization, offset=2, limit=3)
    assert [event["id"] for event in second["events"]] == ids[::-1][2:5]
    assert found(api, organization, limit=0)["next_page"] is None


def test_request_reads_a_limited_number_of_rows(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is further down is on the next pages, even if a page has nothing."""
    monkeypatch.setattr(reading, "MOST_ROWS", 50)
    happen(organization.workspace, "test.wanted", ago=100)
    for _ in range(120):
        happen(organization.workspace, "test.other")
    page = found(organization.owner.api, organization, text={"query": "wanted"})
    pages = 1
    while not page["events"]:
        page = organization.owner.api.get("/api" + page["next_page"].partition("/api")[2]).json()
        pages += 1
    assert ([event["event"] for event in page["events"]], pages) == (["test.wanted"], 3)


def test_offset_reaches_beyond_the_rows_of_one_request(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 25)
    rows = [happen(organization.workspace, "test.other") for _ in range(60)]
    api = organization.owner.api
    page = found(api, organization, limit=5, offset=40, order="ASC", event={"prefix": ["test."]})
    while not page["events"]:
        page = api.get("/api" + page["next_page"].partition("/api")[2]).json()
    assert [event["id"] for event in page["events"]] == [str(row.id) for row in rows[40:45]]


def test_request_takes_a_limited_time(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(60):
        happen(organization.workspace, "test.other")
    api, tests = organization.owner.api, {"prefix": ["test."]}
    monkeypatch.setattr(reading, "COUNTING_SECONDS", 0)
    page = found(api, organization, limit=5, event=tests)
    assert (len(page["events"]), page["total"], bool(page["next_page"])) == (5, 6, True)
    monkeypatch.setattr(reading, "LONGEST_SECONDS", 0)
    page = found(api, organization, event=tests)
    assert (len(page["events"]), page["total"], bool(page["next_page"])) == (25, 25, True)


def test_page_of_large_events_is_short(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE_BYTES", 3_000)
    for number in range(5):
        happen(organization.workspace, f"test.{number}", payload={"text": "x" * 2_000})
    api = organization.owner.api
    chosen: dict[str, Any] = {"event": {"prefix": ["test."]}, "order": "ASC"}
    page = found(api, organization, **chosen)
    sizes = [(len(page["events"]), page["total"])]
    while page["next_page"]:
        page = api.get("/api" + page["next_page"].partition("/api")[2]).json()
        sizes.append((len(page["events"]), page["total"]))
    assert sizes == [(2, 5), (2, 5), (1, 5)]


def test_page_token_belongs_to_its_account(organization: Organization) -> None:
    api = organization.owner.api
    address = found(api, organization, limit=1)["next_page"].partition("/api")[2]
    elsewhere = address.replace(str(organization.account.id), str(organization.owner.account.id))
    assert [api.get(f"/api{path}").status_code for path in (address, elsewhere, f"{address}x")] == [200, 422, 422]


def test_large_filter_has_no_second_page(organization: Organization) -> None:
    many = [str(uuid.uuid4()) for _ in range(900)]
    body = {"limit": 1, "filter": {"event": {"exclude_name": many}}}
    answer = organization.owner.api.post(f"{root(organization)}/filter", body)
    assert (answer.status_code, "too large" in answer.content.decode()) == (422, True)
