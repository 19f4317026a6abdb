"""The subscribers of one workspace in this process, and the matching of messages for them."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from uuid import UUID

import orjson

from workspaces.events import bus
from workspaces.events.messages import EventMessage, LogMessage, Message
from workspaces.events.subscriptions import MEGABYTE, Frame, Subscription

_REMEMBERED_EVENTS = 20_000
_BATCH_BYTES = MEGABYTE
_COUNTED_SECONDS = 0.001
_TURN_SECONDS = 0.05
_KINDS: dict[bytes, type[Message]] = {bus.EVENTS: EventMessage, bus.LOGS: LogMessage}

Messages = dict[bytes, list[Message]]
Matched = list[tuple[Subscription, list[Frame]]]


class Audience:
    """The subscribers of a workspace, the messages that wait to be matched, and the ids of events already seen."""

    def __init__(self) -> None:
        self.subscriptions: set[Subscription] = set()
        self.unmatched: deque[bytes] = deque()
        self.seen_events: OrderedDict[UUID, None] = OrderedDict()
        self.matching: asyncio.Task[None] | None = None

    def next_batch(self) -> list[bytes]:
        """Remove and return the oldest messages, up to a megabyte, or one."""
        batch: list[bytes] = []
        size = 0
        while self.unmatched and (not batch or size + len(self.unmatched[0]) <= _BATCH_BYTES):
            size += len(self.unmatched[0])
            batch.append(self.unmatched.popleft())
        return batch

    def unpack(self, batch: Sequence[bytes]) -> Messages:
        """Return the messages of each kind, without events that were seen before. Runs in a thread."""
        by_kind: Messages = {kind: [] for kind in _KINDS}
        for kind, message in _unpack(batch):
            if kind == bus.LOGS or self._is_new(message.id):
                by_kind[kind].append(message)
        return by_kind

    def _is_new(self, event_id: UUID) -> bool:
        if event_id in self.seen_events:
            return False
        self.seen_events[event_id] = None
        if len(self.seen_events) > _REMEMBERED_EVENTS:
            self.seen_events.popitem(last=False)
        return True


def match_in_turn(messages: Messages, subscriptions: Sequence[Subscription]) -> Matched:
    """Match the messages for the first subscriptions, as many as there is time for in one turn. Runs in a thread.

    Otherwise a workspace with thousands of subscribers would occupy the thread for seconds.
    """
    matched: Matched = []
    ends: list[float] = []
    started, processor = time.monotonic(), time.thread_time()
    for subscription in subscriptions:
        matched.append((subscription, subscription.matching(messages[subscription.kind])))
        ends.append(time.monotonic())
        if ends[-1] - started > _TURN_SECONDS:
            break
    _count_time(subscriptions, started, ends, time.thread_time() - processor)
    return matched


def _count_time(subscriptions: Sequence[Subscription], started: float, ends: Sequence[float], processor: float) -> None:
    """Divide the processor time among the subscriptions in proportion to the elapsed time of each.

    Reading the processor time for each subscription would cost more than most filters.
    """
    if processor > _COUNTED_SECONDS:
        elapsed = ends[-1] - started
        for subscription, begin, end in zip(subscriptions, (started, *ends), ends, strict=False):
            subscription.spend(processor * (end - begin) / elapsed)


def _unpack(batch: Sequence[bytes]) -> Iterator[tuple[bytes, Message]]:
    for message in batch:
        kind = message[:1]
        for item in orjson.loads(message[1:]):
            yield kind, _KINDS[kind](item)
