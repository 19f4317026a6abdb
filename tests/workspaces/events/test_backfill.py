"""What a new subscriber is sent of the last minutes, in pages of bounded size."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from core.byte_budget import ByteBudget
from tests.cast import Person
from workspaces.events import backfill, bus
from workspaces.events.backfill import Page, _next_page
from workspaces.events.filters import EventFilter
from workspaces.events.matching import EventMatcher
from workspaces.events.models import Event
from workspaces.events.subscriptions import MEGABYTE, Subscription

pytestmark = pytest.mark.django_db


def stored(person: Person, sizes: list[int]) -> list[uuid.UUID]:
    now = timezone.now() - timedelta(minutes=1)
    events = [
        Event(
            id=uuid.uuid4(), workspace=person.workspace, occurred=now + timedelta(milliseconds=number), received=now,
            event="test.stored", resource_id="x", resource={"prefect.resource.id": "x"}, related=[],
            payload={"text": "x" * size},
        )
        for number, size in enumerate(sizes)
    ]  # fmt: skip
    Event.objects.bulk_create(events)
    return [event.id for event in events]


def pages(person: Person, **chosen: object) -> list[Page]:
    until = {"until": (timezone.now() + timedelta(days=1)).isoformat()}
    shape = EventFilter.model_validate({"occurred": until, **chosen})
    budget = ByteBudget(MEGABYTE)
    subscription = Subscription(person.workspace.id, bus.EVENTS, EventMatcher(shape), budget)
    found = [_next_page(subscription, shape, Page())]
    while found[-1].after is not None:
        found.append(_next_page(subscription, shape, found[-1]))
    return found


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 120])
def test_every_event_comes_once_and_in_order(owner: Person, count: int) -> None:
    ids = stored(owner, [10] * count)
    assert [event_id for page in pages(owner) for event_id, _ in page.frames] == ids


def test_pages_of_large_events_are_bounded_in_bytes_and_rows(owner: Person) -> None:
    ids = stored(owner, [10] * 60 + [700_000] * 12 + [10] * 60)
    found = pages(owner)
    assert [event_id for page in found for event_id, _ in page.frames] == ids
    assert max(sum(len(frame) for _, frame in page.frames) for page in found) < backfill._PAGE_BYTES + 800_000
    assert min(page.rows for page in found) == 2


def test_filter_that_matches_nothing_reads_page_by_page(owner: Person) -> None:
    stored(owner, [10] * 120)
    found = pages(owner, text={"query": "absent"})
    assert [len(page.frames) for page in found] == [0, 0, 0]
