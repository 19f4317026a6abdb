"""Send stored events of the last minutes to a new subscriber."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from core.byte_budget import ByteBudget
from core.db import tenants
from core.fair_threads import FairThreads
from workspaces.events import bus
from workspaces.events.filters import EventFilter
from workspaces.events.messages import EventMessage
from workspaces.events.models import Event
from workspaces.events.services import wire_event
from workspaces.events.subscriptions import MEGABYTE, TOTAL_BYTES, WORKSPACE_BYTES, Frame, Subscription

_PERIOD = timedelta(minutes=15)
_ROWS = 50
_PAGE_BYTES = MEGABYTE // 2

# Each workspace reads one page at a time, and then leaves the threads to others for as long as it took.
_threads = FairThreads(2, "backfill", rest=1.0)
# Pages whose frames are not sent yet.
_budget = ByteBudget(WORKSPACE_BYTES, TOTAL_BYTES)


@dataclass(slots=True)
class Page:
    """Matching frames, the position after which the next page begins (None at the end), and how many rows it reads."""

    frames: list[Frame] = field(default_factory=list)
    after: tuple[datetime, UUID] | None = None
    rows: int = _ROWS


async def stored_frames(subscription: Subscription, event_filter: EventFilter) -> AsyncGenerator[Frame]:
    """Yield the frames of stored events that match, oldest first. Callers must close the generator."""
    workspace_id, page = subscription.workspace_id, Page()
    while True:
        await _budget.wait(workspace_id, _PAGE_BYTES)
        try:
            page = await _threads.run(workspace_id, _next_page, subscription, event_filter, page)
            for frame in page.frames:
                yield frame
        finally:
            _budget.release(workspace_id, _PAGE_BYTES)
        if page.after is None:
            return


def _next_page(subscription: Subscription, event_filter: EventFilter, last: Page) -> Page:
    """Read events up to `_PAGE_BYTES`, or one. If events are large, the next page reads fewer rows at once."""
    events = _events(subscription.workspace_id, event_filter, last)
    messages: list[EventMessage] = []
    size = 0
    for event in events:
        messages.append(EventMessage(wire_event(event)))
        size += len(messages[-1].body)
        if size >= _PAGE_BYTES:
            break
    page = Page([frame for frame in subscription.matching(messages) if _is_sent(frame)])
    used = len(messages)
    if events and (used < len(events) or len(events) == last.rows) and not subscription.overrun:
        page.after = events[used - 1].occurred, events[used - 1].id
    page.rows = min(used * 2, _ROWS) if used else _ROWS
    return page


def _events(workspace_id: UUID, event_filter: EventFilter, last: Page) -> list[Event]:
    since = max(event_filter.occurred.since, timezone.now() - _PERIOD)
    rows = Event.objects.filter(
        workspace_id=workspace_id, occurred__gte=since, occurred__lte=event_filter.occurred.until
    )
    if event_filter.event and event_filter.event.name and not event_filter.event.prefix:
        rows = rows.filter(event__in=event_filter.event.name)
    if last.after is not None:
        occurred, event_id = last.after
        rows = rows.filter(Q(occurred__gt=occurred) | Q(occurred=occurred, id__gt=event_id))
    with tenants.reaching(workspace_id):
        return list(rows.order_by("occurred", "id")[: last.rows])


def _is_sent(frame: Frame) -> bool:
    return len(frame[1]) < bus.LARGEST
