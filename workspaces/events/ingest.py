"""From many sockets into few transactions: whatever has arrived while the last batch was written is the next batch."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.utils import timezone

from accounts.rest.bodies import without_nul
from auditlog.statements import is_away
from workspaces.channel import Caller, from_database
from workspaces.events.models import Event
from workspaces.events.schemas import EVENT_BYTES
from workspaces.events.schemas import Event as EventShape
from workspaces.events.services import store_events
from workspaces.models import Workspace

logger = logging.getLogger("bailiwick.events")

WAITING = 2_000
_BATCH = 500
_INDEXED_BYTES = 2_000
DEPTH = 100

# What reads stored events of one workspace, in their transaction.
Consumer = Callable[[Workspace, Sequence[Event]], None]
Arrived = tuple[Workspace, Event]


class Ingest:
    """One a process. `put` waits while too much is unwritten, which holds the senders back."""

    def __init__(self, consumers: Sequence[Consumer]) -> None:
        self.consumers = consumers
        self._queue: asyncio.Queue[Arrived] = asyncio.Queue(WAITING)
        self._writer: asyncio.Task[None] | None = None

    async def put(self, caller: Caller, text: str) -> None:
        event = parsed(caller.workspace.id, text)
        if event is None:
            return
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await self._queue.put((caller.workspace, event))

    async def settled(self) -> None:
        """Everything that was put is stored."""
        await self._queue.join()

    async def _write(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < _BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                for group in _by_workspace(batch):
                    await self._store(group)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _store(self, group: list[Arrived]) -> None:
        """As long as it takes: while the database is away nothing is dropped; senders wait once the queue is full."""
        workspace, events = group[0][0], [event for _, event in group]
        delay = 0.1
        while True:
            try:
                await from_database(store, workspace, events, self.consumers)
                return
            except OperationalError as error:
                logger.warning("The database is away, %d events wait: %s", len(group), error)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)


def _by_workspace(batch: list[Arrived]) -> list[list[Arrived]]:
    groups: dict[UUID, list[Arrived]] = defaultdict(list)
    for item in batch:
        groups[item[0].id].append(item)
    return list(groups.values())


def parsed(workspace_id: UUID, text: str) -> Event | None:
    """The event in a frame; None, with a line in the log, for anything else."""
    if len(text) > EVENT_BYTES:
        logger.warning("An event of %d bytes was dropped", len(text))
        return None
    try:
        shape = EventShape.model_validate(_shallow(orjson.loads(without_nul(text.encode(errors="replace")))))
    except ValueError as error:  # no JSON, too deep, or not an event's shape
        logger.info("A frame that is no event was passed over: %s", str(error).splitlines()[0])
        return None
    return row(workspace_id, shape)


def row(workspace_id: UUID, event: EventShape) -> Event:
    return Event(
        id=event.id,
        workspace_id=workspace_id,
        occurred=event.occurred,
        received=timezone.now(),
        event=event.event,
        resource_id=_indexable(event.resource["prefect.resource.id"]),
        resource=event.resource,
        related=event.related,
        payload=event.payload,
        follows=event.follows,
    )


def store(workspace: Workspace, events: Sequence[Event], consumers: Sequence[Consumer]) -> None:
    """Events and all that follows from them, in one transaction. Raises OperationalError while the database is away.

    A bad one does not take others along: what fails together is stored one by one, and only what fails alone is
    dropped, with a line in the log.
    """
    try:
        _store(workspace, events, consumers)
    except Exception as error:  # whatever an event's content provokes must not stop the writer of all tenants
        if isinstance(error, OperationalError) and is_away(error):
            raise
        if len(events) > 1:
            for event in events:
                store(workspace, [event], consumers)
        elif not _stored_after_all(workspace, events, consumers, error):
            logger.warning("Event %s was dropped: %s", events[0].id, str(error).splitlines()[0])


def _store(workspace: Workspace, events: Sequence[Event], consumers: Sequence[Consumer]) -> None:
    with transaction.atomic():
        store_events(events)
        for consume in consumers:
            consume(workspace, events)


def _stored_after_all(
    workspace: Workspace, events: Sequence[Event], consumers: Sequence[Consumer], error: Exception
) -> bool:
    """Another process may have brought the same new task run in the same moment: now it is there to be moved."""
    if not isinstance(error, IntegrityError):
        return False
    try:
        _store(workspace, events, consumers)
    except DatabaseError as again:
        if isinstance(again, OperationalError) and is_away(again):
            raise
        return False
    return True


def _shallow(data: Any) -> Any:
    """`data`, unless it nests deeper than what JSON columns and subscribers take. Raises ValueError."""
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > DEPTH:
            raise ValueError(f"nested deeper than {DEPTH} levels")
        level = [
            part
            for one in level
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
            if isinstance(part, dict | list)
        ]
    return data


def _indexable(text: str) -> str:
    """As much of a resource's id as an index row of PostgreSQL holds."""
    return text.encode()[:_INDEXED_BYTES].decode(errors="ignore")[:1024]
