"""The websocket `/events/out` of an account, which sends audit entries and workspaces' events as they are stored.

It reads them from the database every two seconds. So it misses nothing, follows changes of access, and needs no message
for each audit entry. See docs/contract/events.md, "Of an account".
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta

from django.utils import timezone

from auditlog.models import Entry
from core.byte_budget import ByteBudget
from core.db import tenants
from core.db.ids import first_id
from core.fair_threads import FairThreads
from workspaces.account_events.filters import NAMED_LIKE_AUDIT, AccountEventFilter
from workspaces.account_events.reading import Key, Row, load
from workspaces.account_events.visibility import visible_workspaces
from workspaces.events import bus
from workspaces.events.matching import EventMatcher
from workspaces.events.messages import EventMessage
from workspaces.events.models import Event
from workspaces.events.subscribing import Subscribe, push_until_closed, receive_filter
from workspaces.events.subscriptions import MEGABYTE, Frame, Overrun, Subscription
from workspaces.websockets.connection import Caller, Socket

POLL_SECONDS = 2.0
ACCOUNT_BYTES, TOTAL_BYTES = 32 * MEGABYTE, 256 * MEGABYTE
_REPLAYED = timedelta(minutes=15)
_RECENT = timedelta(seconds=20)  # a transaction may take this long from the time of its rows to its commit
_MOST = 2_000  # rows of one poll, the newest
_REMEMBERED = 20_000
_ROWS = 10  # read together; an event can have 1.5 MB
_ROWS_BYTES = _ROWS * bus.LARGEST

# Each account reads a few rows at a time, and then leaves the threads to others for as long as it took.
_threads = FairThreads(2, "account events", rest=1.0)
_budget = ByteBudget(ACCOUNT_BYTES, TOTAL_BYTES)  # of frames that are not sent yet


async def account_events_out(socket: Socket, caller: Caller) -> None:
    """Receive a filter, send the matching events of the last minutes, then new ones."""
    with ExitStack() as exit_stack:
        subscribed = await receive_filter(socket, caller, _read_filter, exit_stack)
        if subscribed is not None:
            stream = AccountStream(caller, *subscribed)
            await push_until_closed(socket, stream.push(socket))


def _read_filter(message: Subscribe) -> tuple[AccountEventFilter, EventMatcher, bool]:
    event_filter = AccountEventFilter.model_validate(message.filter or {})
    return event_filter, EventMatcher(event_filter), message.backfill is not False


class AccountStream:
    """The events of an account for one subscriber."""

    def __init__(self, caller: Caller, event_filter: AccountEventFilter, matcher: EventMatcher, replay: bool) -> None:
        self._user, self._account, self._filter = caller.user, caller.account, event_filter
        self._subscription = Subscription(caller.account.id, bus.EVENTS, matcher, _budget, matcher.deadline)
        self._seen: OrderedDict[Row, None] = OrderedDict()
        self._began = timezone.now() - (_REPLAYED if replay else timedelta())

    async def push(self, socket: Socket) -> None:
        """Send events until cancelled. Raises `Overrun` if the filter takes too long."""
        account_id, since = self._account.id, self._began
        while True:
            polled = timezone.now()
            for keys in _chunks(await _threads.run(account_id, self._new_keys, since)):
                await _budget.wait(account_id, _ROWS_BYTES)
                try:
                    for _, text in await _threads.run(account_id, self._frames, keys):
                        await socket.send_frame(text)
                finally:
                    _budget.release(account_id, _ROWS_BYTES)
                if self._subscription.overrun:
                    raise Overrun(self._subscription.overrun)
            since = max(polled - _RECENT, self._began)
            await asyncio.sleep(POLL_SECONDS)

    def _new_keys(self, since: datetime) -> list[Key]:
        """Return the keys of rows stored since then that were not returned before, oldest first. Runs in a thread."""
        account_id = self._account.id
        if not self._filter.is_about(account_id):
            return []
        with tenants.reaching(account_id):
            visible = visible_workspaces(self._user, self._account)
            workspaces = [workspace_id for workspace_id in visible if self._filter.includes(workspace_id)]
            entries = Entry.objects.filter(account_id=account_id, id__gte=first_id(since))
            if self._filter.scope.workspace is not None:
                entries = entries.filter(workspace_id__in=self._filter.scope.workspace)
            events = Event.objects.filter(~NAMED_LIKE_AUDIT, workspace_id__in=workspaces, received__gte=since)
            keys = [Key(*row) for row in entries.order_by("-id").values_list("occurred", "id")[:_MOST]]
            recent = events.order_by("-received").values_list("received", "id", "workspace_id")
            keys += [Key(*row) for row in recent[:_MOST]]
        return sorted(key for key in keys if self._is_new(key))

    def _is_new(self, key: Key) -> bool:
        if key.row in self._seen:
            return False
        self._seen[key.row] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _frames(self, keys: Sequence[Key]) -> list[Frame]:
        """Return the frames of the rows that match. Runs in a thread."""
        began = time.thread_time()
        with tenants.reaching(self._account.id, *(key.workspace_id for key in keys if key.workspace_id)):
            events = load(self._account.id, keys)
        messages = [EventMessage(events[key.row]) for key in keys if key.row in events]
        frames = [frame for frame in self._subscription.matching(messages) if len(frame[1]) < bus.LARGEST]
        self._subscription.spend(time.thread_time() - began)
        return frames


def _chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    return (keys[start : start + _ROWS] for start in range(0, len(keys), _ROWS))
