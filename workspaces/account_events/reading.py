"""Read stored events of an account: its audit entries and the events of workspaces, merged by time.

The database narrows by time, name and id. The rest of a filter is matched here, row by row, so a request reads a
limited number of rows and then returns the position where the next page continues.
"""

import heapq
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from auditlog.models import Entry
from workspaces.account_events.audit_events import audit_event, workspace_event
from workspaces.account_events.filters import AccountEventFilter
from workspaces.events.matching import EventMatcher
from workspaces.events.messages import EventMessage
from workspaces.events.models import Event
from workspaces.models import Workspace

MOST_ROWS = 5_000  # that one request reads
LONGEST_SECONDS, COUNTING_SECONDS = 1.0, 0.2
PAGE_BYTES = 4_000_000
_KEYS = 200  # of one source, read together
_ROWS = 25  # read together; an event can have 1.5 MB


Row = tuple[UUID, UUID | None]


class Key(NamedTuple):
    """The time and id of an audit entry, or of an event of a workspace."""

    occurred: datetime
    id: UUID
    workspace_id: UUID | None = None

    @property
    def row(self) -> Row:
        """Return what identifies the row. Senders choose the ids of events, so one may have the id of an entry."""
        return self.id, self.workspace_id


@dataclass(frozen=True, slots=True)
class Position:
    """The last audit entry and the last event that were read. None: nothing yet."""

    entry: UUID | None = None
    event: tuple[datetime, UUID] | None = None

    def after(self, key: Key) -> "Position":
        if key.workspace_id is None:
            return replace(self, entry=key.id)
        return replace(self, event=(key.occurred, key.id))


@dataclass(slots=True)
class Page:
    """Matching events, how many match altogether among the rows that were read, and where the next page begins."""

    events: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    next: Position | None = None


@dataclass(slots=True)
class Reader:
    """A query over the events of an account and of some of its workspaces. `matches` applies the filter."""

    account_id: UUID
    workspaces: Collection[UUID]
    event_filter: AccountEventFilter
    matches: EventMatcher
    complete: bool = False  # whether `rows` has read all rows

    def page(self, limit: int, *, offset: int = 0, position: Position | None = None, counting: bool = True) -> Page:
        """Return up to `limit` matching events after the first `offset`, or fewer if they are large.

        `counting`: read on for a moment to count those that match. Raises `FilterTooSlow`.
        """
        page, here, size = Page(), position or Position(), 0
        count_until = time.monotonic() + (COUNTING_SECONDS if counting else 0)
        end: Position | None = None  # of the page, once it is full
        for key, event in self.rows(here):
            if event is not None:
                page.total += 1
                if end is None and page.total > offset:
                    page.events.append(event.data)
                    size += len(event.body)
            here = here.after(key)
            if end is None and (len(page.events) == limit or size >= PAGE_BYTES):
                end = here
            if end is not None and page.total > offset + len(page.events) and time.monotonic() > count_until:
                break
        else:
            if self.complete and page.total <= offset + len(page.events):
                return page
        page.next = end or here
        return page

    def rows(self, position: Position) -> Iterator[tuple[Key, EventMessage | None]]:
        """Yield the key of each row, with the event if it matches. Raises `FilterTooSlow`."""
        began, keys = time.monotonic(), self._keys(position)
        for _ in range(0, MOST_ROWS, _ROWS):
            batch = list(islice(keys, _ROWS))
            events = load(self.account_id, batch)
            self.matches.deadline.start()
            for key in batch:
                event = EventMessage(events[key.row]) if key.row in events else None
                yield key, event if event and self.matches(event) else None
            if len(batch) < _ROWS:
                self.complete = True
                return
            if time.monotonic() - began > LONGEST_SECONDS:
                return

    def _keys(self, position: Position) -> Iterator[Key]:
        if not self.event_filter.is_about(self.account_id):
            return iter(())
        sources = [self._entry_keys(position.entry)]
        if self.event_filter.includes_workspace_events:
            sources += [self._event_keys(*first) for first in self._first_events(position.event)]
        return heapq.merge(*sources, key=lambda key: key[:2], reverse=self._newest_first)

    @property
    def _newest_first(self) -> bool:
        return self.event_filter.order == "DESC"

    def _entry_keys(self, last: UUID | None) -> Iterator[Key]:
        """Yield the keys of audit entries by id, which is by time."""
        entries = Entry.objects.filter(self.event_filter.entry_conditions(), account_id=self.account_id)
        while True:
            rows = entries
            if last is not None:
                rows = rows.filter(id__lt=last) if self._newest_first else rows.filter(id__gt=last)
            keys = [Key(*key) for key in self._ordered(rows, "id").values_list("occurred", "id")[:_KEYS]]
            yield from keys
            if len(keys) < _KEYS:
                return
            last = keys[-1].id

    def _event_keys(self, workspace_id: UUID, first: Key) -> Iterator[Key]:
        """Yield the keys of a workspace's events. The first one is known, so that it needs no query."""
        yield first
        last = first
        while True:
            rows = self._events((last.occurred, last.id)).filter(workspace_id=workspace_id)
            found = rows.values_list("occurred", "id")[:_KEYS]
            keys = [Key(occurred, event_id, workspace_id) for occurred, event_id in found]
            yield from keys
            if len(keys) < _KEYS:
                return
            last = keys[-1]

    def _first_events(self, last: tuple[datetime, UUID] | None) -> list[tuple[UUID, Key]]:
        """Return the workspaces that have events, each with the key of its first one, in one query."""
        chosen = [workspace_id for workspace_id in self.workspaces if self.event_filter.includes(workspace_id)]
        of_workspace = self._events(last).filter(workspace_id=OuterRef("pk"))
        rows = Workspace.objects.filter(id__in=chosen).values_list(
            Subquery(of_workspace.values("occurred")[:1]), Subquery(of_workspace.values("id")[:1]), "id"
        )
        return [(row[2], Key(*row)) for row in rows if row[0] is not None]

    def _events(self, last: tuple[datetime, UUID] | None) -> QuerySet[Event]:
        """Return the events beyond a position, in order."""
        conditions = self.event_filter.event_conditions()
        if last is not None:
            side = "lt" if self._newest_first else "gt"
            later = Q(**{"occurred": last[0], f"id__{side}": last[1]})
            conditions &= Q(**{f"occurred__{side}e": last[0]}) & (Q(**{f"occurred__{side}": last[0]}) | later)
        return self._ordered(Event.objects.filter(conditions), "occurred", "id")

    def _ordered(self, rows: QuerySet[Any], *columns: str) -> QuerySet[Any]:
        return rows.order_by(*(f"-{column}" for column in columns) if self._newest_first else columns)


def load(account_id: UUID, keys: Collection[Key]) -> dict[Row, dict[str, Any]]:
    """Return the events with these keys."""
    entry_ids = [key.id for key in keys if key.workspace_id is None]
    event_ids = [key.id for key in keys if key.workspace_id is not None]
    workspace_ids = {key.workspace_id for key in keys if key.workspace_id is not None}
    loaded: dict[Row, dict[str, Any]] = {}
    for entry in Entry.objects.filter(account_id=account_id, id__in=entry_ids):
        loaded[entry.id, None] = audit_event(entry, account_id)
    for event in Event.objects.filter(workspace_id__in=workspace_ids, id__in=event_ids):
        loaded[event.id, event.workspace_id] = workspace_event(event, account_id)
    return loaded
