"""Subscribers of one process: what waits for them is bounded, and one's trouble is nobody else's."""

import asyncio
import contextlib
import time
import uuid
from typing import Any

import pytest

from core.byte_budget import ByteBudget
from core.rest.responses import json_bytes
from tests.workspaces.events.frames import plain_event
from workspaces.events import bus
from workspaces.events.audience import Audience, match_in_turn
from workspaces.events.filter_limits import FilterTooSlow
from workspaces.events.filters import EventFilter
from workspaces.events.hub import Hub
from workspaces.events.listeners import DatagramListener, RedisListener
from workspaces.events.matching import EventMatcher
from workspaces.events.messages import EventMessage
from workspaces.events.subscriptions import BACKLOG, MEGABYTE, TOO_SLOW, Overrun, Subscription

pytestmark = pytest.mark.one_database(reason="no SQL")


def subscription(matches: Any = lambda message: True, budget: ByteBudget | None = None) -> Subscription:
    budget = budget or ByteBudget(32 * MEGABYTE, 256 * MEGABYTE)
    return Subscription(uuid.uuid4(), bus.EVENTS, matches, budget)


def frames(count: int, size: int = 10) -> list[tuple[uuid.UUID, bytes]]:
    return [(uuid.uuid4(), bytes(size)) for _ in range(count)]


def refuse(message: Any) -> bool:
    raise RecursionError


def too_slow(message: Any) -> bool:
    raise FilterTooSlow


def batch(*events: dict[str, Any]) -> list[bytes]:
    return [bus.EVENTS + json_bytes(list(events))]


def test_filter_that_fails_leaves_the_subscription_alive() -> None:
    ours = subscription(refuse)
    assert ours.matching([EventMessage(plain_event())]) == []
    assert ours.overrun == ""


def test_slow_subscriber_loses_its_oldest() -> None:
    ours, sent = subscription(), frames(BACKLOG + 3)
    ours.offer(sent)
    assert len(ours) == BACKLOG
    assert asyncio.run(ours.next()) == sent[3]


def test_bytes_that_wait_for_one_subscriber_are_bounded() -> None:
    budget = ByteBudget(32 * MEGABYTE, 256 * MEGABYTE)
    ours, sent = subscription(budget=budget), frames(20, MEGABYTE)
    ours.offer(sent)
    assert (len(ours), budget.held) == (4, 4 * MEGABYTE)
    assert asyncio.run(ours.next()) == sent[16]
    assert budget.held == 4 * MEGABYTE, "it counts until it is sent"
    ours.sent(sent[16])
    ours.close()
    assert budget.held == 0


def peers(count: int, budget: ByteBudget) -> list[Subscription]:
    workspace_id = uuid.uuid4()
    made = [Subscription(workspace_id, bus.EVENTS, lambda message: True, budget) for _ in range(count)]
    for each in made:
        each.peers = made
    return made


def test_bytes_that_wait_for_a_workspace_are_bounded() -> None:
    budget = ByteBudget(10 * MEGABYTE, 256 * MEGABYTE)
    slow = peers(20, budget)
    for _ in range(40):
        sent = frames(1, MEGABYTE // 10)
        for each in slow:
            each.offer(sent)
    assert budget.held <= 10 * MEGABYTE
    assert {len(each) for each in slow} == {5}


def test_slow_subscribers_take_nothing_from_a_quick_one() -> None:
    budget = ByteBudget(10 * MEGABYTE, 10 * MEGABYTE)
    *slow, quick = peers(20, budget)
    for _ in range(40):
        sent = frames(4, MEGABYTE // 10)
        for each in (*slow, quick):
            each.offer(sent)
        assert [asyncio.run(quick.next()) for _ in range(len(quick))] == sent
        for frame in sent:
            quick.sent(frame)


def test_full_total_leaves_every_workspace_its_share() -> None:
    budget = ByteBudget(10 * MEGABYTE, 10 * MEGABYTE)
    for _ in range(3):
        subscription(budget=budget).offer(frames(4, MEGABYTE))
    ours = subscription(budget=budget)
    ours.offer(frames(4, MEGABYTE))
    assert len(ours) == 4


def test_filter_over_its_time_ends_the_subscription_with_a_reason() -> None:
    ours = subscription(too_slow)
    assert ours.matching([EventMessage(plain_event())]) == []
    ours.offer([])
    with pytest.raises(Overrun, match=TOO_SLOW):
        asyncio.run(asyncio.wait_for(ours.next(), 5))


def test_filter_that_is_always_busy_ends_the_subscription(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of its time is spent waiting for this one, so the others lose nothing."""

    def busy(message: Any) -> bool:
        end = time.thread_time() + 0.1
        while time.thread_time() < end:
            pass
        return True

    monkeypatch.setattr("workspaces.events.subscriptions._MATCHING_SECONDS", 0.05)
    audience, slow, quick = Audience(), subscription(busy), subscription()
    for _ in range(2):
        match_in_turn(audience.unpack(batch(plain_event())), [quick, slow])
    assert (slow.overrun, quick.overrun) == (TOO_SLOW, "")


def test_event_is_parsed_and_serialised_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(data: Any) -> bytes:
        made.append(data)
        return json_bytes(data)

    monkeypatch.setattr("workspaces.events.messages.json_bytes", counted)
    text = EventMatcher(EventFilter.model_validate({"text": {"query": "happened"}, "occurred": _ever()}))
    many = [subscription(text) for _ in range(50)]
    matched = match_in_turn(Audience().unpack(batch(plain_event())), many)
    assert [len(found) for _, found in matched] == [1] * 50
    assert len(made) == 1
    assert len({id(found[0][1]) for _, found in matched}) == 1


def test_event_that_arrives_twice_is_offered_once() -> None:
    audience, event = Audience(), plain_event()
    counts = [len(audience.unpack(batch(event))[bus.EVENTS]) for _ in range(2)]
    assert counts == [1, 0]


def test_workspace_of_many_subscribers_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hundred take five seconds; the one must not wait for all of them."""

    def slow(message: Any) -> bool:
        time.sleep(0.05)
        return True

    monkeypatch.setattr(RedisListener, "listen", asyncio.Event().wait)
    monkeypatch.setattr(DatagramListener, "listen", asyncio.Event().wait)
    monkeypatch.setattr(Hub, "_sweep", asyncio.Event().wait)

    async def work() -> None:
        hub, crowded = Hub(), uuid.uuid4()
        crowd = [Subscription(crowded, bus.EVENTS, slow, hub.budget) for _ in range(100)]
        alone = subscription(budget=hub.budget)
        async with contextlib.AsyncExitStack() as stack:
            for each in (*crowd, alone):
                await stack.enter_async_context(hub.subscribed(each))
            hub.deliver(crowded, batch(plain_event())[0])
            await asyncio.sleep(0.1)
            hub.deliver(alone.workspace_id, batch(plain_event())[0])
            await asyncio.wait_for(alone.next(), 2)
            assert not all(len(each) for each in crowd)
            crowd_is_served = asyncio.gather(*(each.next() for each in crowd[:3]))
            await asyncio.wait_for(crowd_is_served, 20)

    asyncio.run(work())


def _ever() -> dict[str, str]:
    return {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
