"""One subscriber's trouble is nobody else's."""

import uuid
from typing import Any

from workspaces.events import bus
from workspaces.events.hub import BACKLOG, Subscription


def refuse(item: dict[str, Any]) -> bool:
    raise RecursionError


def test_a_filter_that_fails_leaves_the_subscription_alive() -> None:
    subscription = Subscription(uuid.uuid4(), bus.EVENTS, refuse)
    subscription.offer({"id": 1})
    assert subscription.queue.empty()


def test_a_slow_subscriber_loses_its_oldest() -> None:
    subscription = Subscription(uuid.uuid4(), bus.EVENTS, lambda item: True)
    for number in range(BACKLOG + 3):
        subscription.offer({"number": number})
    assert subscription.queue.qsize() == BACKLOG
    assert subscription.queue.get_nowait() == {"number": 3}
